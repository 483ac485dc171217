using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Natflow.Flows.Offers;
using Natflow.Host.Lab;
using Natflow.Inspect.Build;
using Natflow.Lab.Topology;
using Natflow.Management.Control;

namespace Natflow.Lab.Inspection;

/// <summary>A running gateway says what its subscribers visited, and what their flows are, with and without a PPE.</summary>
public sealed class InspectionTests
{
    private const string Config = """

        natflow.offload.engine = ENGINE
        natflow.inspect { enabled = on, event-log { file = FOLDER/events, format = tsv } }
        natflow.url-log { enabled = on, file = FOLDER/visits, format = tsv, window = 1s }

        """;

    private const string Named = "visit.lab.test";
    private const int LargeBytes = 8 << 20;
    private const int TcpPort = 7004;
    private const uint QuicVersion1 = 1;

    private static readonly byte[] QuicName = Encoding.ASCII.GetBytes("quic.lab.test");

    [LabTheory("curl", "dig", "ethtool")]
    [InlineData(LabMode.AfXdp, "xdp")]
    [InlineData(LabMode.AfXdp, "none")]
    [LongInlineData(LabMode.AfPacket, "none")]
    public async Task Visits_OfRealPrograms_AreInTheLog(LabMode mode, string engine)
    {
        string folder = Directory.CreateTempSubdirectory("nf-inspect-").FullName;
        try
        {
            await using TestLab lab = await TestLab.Up(mode, Config.Replace("ENGINE", engine, StringComparison.Ordinal).Replace("FOLDER", folder, StringComparison.Ordinal));
            FinishChecksums(lab);
            Assert.Equal(LabPlan.HostX, lab.A.Run($"dig +short +time=3 +tries=1 @{LabPlan.HostX} {LabPlan.DnsName} A").Trim());
            lab.A.Run($"curl -sS --max-time 20 -o /dev/null --resolve {Named}:80:{LabPlan.HostX} http://{Named}/bytes/{LargeBytes}?q=1");
            lab.A.Run($"curl -sSk --max-time 10 -o /dev/null --resolve {Named}:443:{LabPlan.HostX} https://{Named}/");
            lab.A.Run($"curl -sSk --max-time 10 -o /dev/null https://{LabPlan.HostX}/"); // No name in the hello: DNS named the address before.
            lab.A.Run($"curl -sSk --max-time 10 -g -6 -o /dev/null --resolve six.{Named}:443:[{LabPlan.HostX6}] https://six.{Named}/");
            SendInitial(lab);

            string[] expected =
            [
                $"http\t{LabPlan.HostA}\t{LabPlan.HostX}\t80\tGET\t{Named}\t/bytes/{LargeBytes}?q=1\tflow",
                $"quic\t{LabPlan.HostA}\t{LabPlan.HostX}\t443\t-\tquic.lab.test\t-\tflow",
                $"tls\t{LabPlan.HostA6}\t{LabPlan.HostX6}\t443\t-\tsix.{Named}\t-\tflow",
                $"tls\t{LabPlan.HostA}\t{LabPlan.HostX}\t443\t-\t{LabPlan.DnsName}\t-\tdns",
                $"tls\t{LabPlan.HostA}\t{LabPlan.HostX}\t443\t-\t{Named}\t-\tflow",
            ];
            await Until.Holds("the log has all visits", () => Rows(folder).Length >= expected.Length);
            Assert.Equal(expected.Order(StringComparer.Ordinal), Rows(folder));
            string[] events = [.. File.ReadAllLines(Path.Combine(folder, "events")).Select(static line => line.Split('\t')[7]).Distinct().Order(StringComparer.Ordinal)];
            Assert.Equal(["dns"], events);

            InspectionModel counters = await lab.Ask("/v1/inspection", ControlJson.Default.InspectionModel);
            Assert.Equal((ulong)expected.Length, counters.Visits);
            Assert.Equal(0ul, counters.VisitsLost + counters.ObservationsLost + counters.EventsLost + counters.PagesExhausted);
            Assert.Equal(counters.Matches, counters.Apps["matches"]);
            if (engine == "xdp")
                Assert.InRange((await lab.Ask("/v1/offload", ControlJson.Default.OffloadModel)).OffloadedBytes, LargeBytes / 4UL, ulong.MaxValue);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [LabFact("ethtool")]
    public async Task AFlow_ThatHasNotSpoken_IsNotOffloadedUntilItHas()
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, "natflow.offload.engine = xdp\nnatflow.inspect.enabled = on\n");
        FinishChecksums(lab);
        (Socket inside, Socket outside) = Connect(lab);
        using (inside)
        using (outside)
        {
            await Until.Holds("the inspector keeps it", () => Flow(lab).Offload == OffloadReason.Inspector);
            inside.Send("\u0001 no protocol of any kind \u0002"u8);
            Assert.NotEqual(0, outside.Receive(new byte[100]));
            for (int i = 0; i < 4; i++)
            {
                inside.Send(Encoding.ASCII.GetBytes($"\u0001 and so on {i}"));
                Assert.NotEqual(0, outside.Receive(new byte[100]));
                outside.Send(Encoding.ASCII.GetBytes($"\u0002 and so on {i}"));
                Assert.NotEqual(0, inside.Receive(new byte[100]));
            }

            await Until.Holds("it is offloaded", () => Flow(lab).Offload == OffloadReason.Offloaded);
        }
    }

    [LabFact("ethtool")]
    public async Task Switch_ByReload_LetsFlowsGoAndTakesNewOnes()
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, "natflow.offload.engine = xdp\nnatflow.inspect.enabled = on\n");
        FinishChecksums(lab);
        (Socket inside, Socket outside) = Connect(lab);
        using (inside)
        using (outside)
        {
            await Until.Holds("the inspector keeps it", () => Flow(lab).Offload == OffloadReason.Inspector);
            await Reload(lab, "natflow.inspect.enabled = off");
            inside.Send([1]); // Its user's policy has come since: the next packet is judged by it.
            Assert.Equal(1, outside.Receive(new byte[1]));
            await Until.Holds("it is offloaded without having said what it is", () => Flow(lab).Offload == OffloadReason.Offloaded);
            await Reload(lab, "natflow.inspect.enabled = on");
            using Socket second = Bind(lab.A, LabPlan.HostA, 7010);
            second.SendTo(new byte[] { 1, 2, 3 }, new IPEndPoint(IPAddress.Parse(LabPlan.HostX), 7010));
            await Until.Holds("a new flow is looked at", () =>
                lab.Ask("/v1/inspection", ControlJson.Default.InspectionModel).GetAwaiter().GetResult().Packets > 0);
        }
    }

    private static async Task Reload(TestLab lab, string line)
    {
        await File.AppendAllTextAsync(lab.ConfigPath, $"\n{line}\n");
        lab.Gateway.Run($"{string.Join(' ', TestLab.Natflow)} reload --run-dir {lab.RunDirectory}");
    }

    // Without time and ports of the client, hits and MAC, which differ from run to run.
    private static string[] Rows(string folder)
    {
        string path = Path.Combine(folder, "visits");
        return !File.Exists(path) ? [] :
        [
            .. File.ReadAllLines(path)
                .Select(static line => line.Split('\t'))
                .Select(static row => string.Join('\t', row[1], row[2], row[4], row[5], row[8], row[9], row[10], row[13]))
                .Order(StringComparer.Ordinal),
        ];
    }

    private static void SendInitial(TestLab lab)
    {
        byte[] id = BitConverter.GetBytes(0x0123456789ABCDEF);
        byte[] frame = QuicInitialBuilder.CryptoFrame(0, ClientHelloBuilder.Message(QuicName, keyShareBytes: 36, [Encoding.ASCII.GetBytes("h3")]));
        byte[] initial = QuicInitialBuilder.Packet(QuicVersion1, id, id, packetNumber: 0, frame);
        using Socket client = Bind(lab.A, LabPlan.HostA, 7011);
        client.SendTo(initial, new IPEndPoint(IPAddress.Parse(LabPlan.HostX), 443));
    }

    private static Socket Bind(LabHostShell host, string address, int port) => host.Invoke(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 5000 };
        socket.Bind(new IPEndPoint(IPAddress.Parse(address), port));
        return socket;
    });

    private static FlowModel Flow(TestLab lab) => Assert.Single(
        lab.Ask(string.Create(CultureInfo.InvariantCulture, $"/v1/flows?port={TcpPort}"), ControlJson.Default.FlowsModel).GetAwaiter().GetResult().Flows);

    // Hosts on veth leave checksums and segmentation to hardware that is not there; such packets are no PPE's.
    private static void FinishChecksums(TestLab lab)
    {
        foreach (LabHostShell host in new[] { lab.A, lab.X })
        {
            foreach (string line in host.Run("ip -o link show type veth").Split('\n', StringSplitOptions.RemoveEmptyEntries))
                host.Run($"ethtool -K {line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1].Split('@', ':')[0]} tx off");
        }

        lab.Lan.Run("ethtool -K gw gro on");
        lab.Wan.Run("ethtool -K gw gro on");
    }

    private static (Socket Inside, Socket Outside) Connect(TestLab lab)
    {
        using Socket listener = lab.X.Invoke(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(LabPlan.HostX), TcpPort));
            socket.Listen();
            return socket;
        });
        Socket inside = lab.A.Invoke(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { ReceiveTimeout = 5000 };
            socket.Connect(IPAddress.Parse(LabPlan.HostX), TcpPort);
            return socket;
        });
        return (inside, listener.Accept());
    }
}
