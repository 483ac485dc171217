using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Natflow.Core;
using Natflow.Host.Lab;
using Natflow.Lab.Topology;
using Natflow.Management.Control;

namespace Natflow.Lab.Faults;

/// <summary>Subscribers that mean harm: what they do is counted, costs bounded memory, and others do not notice.</summary>
[Collection(AloneCollection.Name)]
public sealed class HostileHostTests
{
    private const int SynCount = 1_000_000;
    private const int GrowthBytesMax = 64 << 20;
    private const int PortsOfTheRange = 128;
    private const int ReceiveErrors = 11; // IP_RECVERR, ip(7).

    [LabTheory("curl")]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task Spoof_SourceOutsideTheLanPrefixes_IsCountedAndNeverLeaves(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode);
        CountersModel before = await lab.Counters();

        int sent = lab.A.Invoke(static () => RawTcp.SendSyns(source: "192.0.2.77", LabPlan.HostX, count: 1000));

        Assert.Equal(1000, sent);
        CountersModel after = before;
        await Until.Holds("each spoofed packet is counted, as dropped or as lost while an idle worker woke", () =>
        {
            after = lab.Counters().GetAwaiter().GetResult();
            return after.Drops.GetValueOrDefault(DropReason.SpoofedSource) + after.ReceiveLost - before.ReceiveLost >= 1000;
        });
        Assert.True(after.Drops.GetValueOrDefault(DropReason.SpoofedSource) > 0, string.Join(", ", after.Drops));
        Assert.Equal(before.FlowsOpened, after.FlowsOpened);
        lab.B.Run($"curl -sS --max-time 10 http://{LabPlan.HostX}/");
    }

    [LabTheory("curl")]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task SynFlood_AMillionFlowsOfOneHost_OthersGoOnAndMemoryIsBounded(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode);
        lab.B.Run($"curl -sS --max-time 10 http://{LabPlan.HostX}/");
        long residentBefore = ResidentBytes(lab.GatewayProcessId!.Value);
        Task<int> flood = Task.Run(() => lab.A.Invoke(static () => RawTcp.SendSyns(LabPlan.HostA, LabPlan.HostY, SynCount)));

        int served = 0;
        do
        {
            lab.B.Run($"curl -sS --max-time 10 -o /dev/null http://{LabPlan.HostX}/bytes/100000");
            served++;
        }
        while (!flood.IsCompleted);

        Assert.Equal(SynCount, await flood);
        CountersModel counters = await lab.Counters();
        ulong refused = counters.Drops.GetValueOrDefault(DropReason.PortQuotaExceeded) + counters.Drops.GetValueOrDefault(DropReason.FlowQuotaExceeded);
        Assert.True(refused > 0, string.Join(", ", counters.Drops));
        Assert.InRange(counters.Flows, 1, 65536);
        long growth = ResidentBytes(lab.GatewayProcessId!.Value) - residentBefore;
        Assert.True(growth < GrowthBytesMax, $"grew by {growth} bytes while it served {served} others");
    }

    [LabTheory]
    [InlineData(LabMode.AfXdp)]
    [LongInlineData(LabMode.AfPacket)]
    public async Task PortRange_TakenToTheLastPort_RefusesInWordsAndKeepsWhatItHas(LabMode mode)
    {
        await using TestLab lab = await TestLab.Up(mode, $"natflow.nat {{ public = [ {LabPlan.Public1} ], ports = 2048-2175, port-block-size = 64, blocks-per-user = 2, port-parity = off }}\n");
        using var x = new UdpEndpoint(lab.X, LabPlan.HostX);
        var remote = new IPEndPoint(IPAddress.Parse(LabPlan.HostX), x.Port);
        var taken = new Dictionary<IPEndPoint, UdpEndpoint>();
        for (int i = 0; i < PortsOfTheRange; i++)
        {
            var inside = new UdpEndpoint(lab.A, LabPlan.HostA);
            inside.Send("out"u8, remote);
            taken.Add(x.Receive().From, inside);
        }

        Assert.All(taken.Keys, static external => Assert.InRange(external.Port, 2048, 2175));
        using Socket refused = lab.B.Invoke(() =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 10_000 };
            socket.SetRawSocketOption(0, ReceiveErrors, BitConverter.GetBytes(1)); // Else a datagram socket hears of closed ports alone.
            socket.Connect(remote);
            return socket;
        });
        refused.Send("one too many"u8);

        Assert.Equal(SocketError.HostUnreachable, Assert.Throws<SocketException>(() => refused.Receive(new byte[64])).SocketErrorCode);
        Assert.Equal(1ul, (await lab.Counters()).Drops.GetValueOrDefault(DropReason.PortsExhausted));
        foreach ((IPEndPoint external, UdpEndpoint inside) in taken)
        {
            x.Send("still there"u8, external);
            Assert.Equal("still there"u8, inside.Receive().Datagram);
            inside.Dispose();
        }

        Assert.True(x.IsQuiet, "the refused packet came through");
    }

    private static long ResidentBytes(int processId)
    {
        string line = File.ReadLines($"/proc/{processId}/status").Single(static line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) * 1024;
    }

    private static class RawTcp
    {
        private const int Ipv4Bytes = 20;
        private const int TcpBytes = 20;
        private const int PortFirst = 1024;
        private const int PortCount = 60_000;

        /// <summary>Sends SYN segments, each of another flow.</summary>
        /// <returns>How many the kernel took.</returns>
        internal static int SendSyns(string source, string destination, int count)
        {
            using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Raw, ProtocolType.Tcp);
            socket.SetSocketOption(SocketOptionLevel.IP, SocketOptionName.HeaderIncluded, true);
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.SendBuffer, 4 << 20);
            IPAddress to = IPAddress.Parse(destination);
            byte[] packet = Template(IPAddress.Parse(source), to);
            var remote = new IPEndPoint(to, 0);
            for (int number = 0; number < count; number++)
            {
                SetPorts(packet, (ushort)(PortFirst + (number % PortCount)), (ushort)(8000 + (number / PortCount)));
                socket.SendTo(packet, remote);
            }

            return count;
        }

        private static byte[] Template(IPAddress source, IPAddress destination)
        {
            byte[] packet = new byte[Ipv4Bytes + TcpBytes];
            packet[0] = 0x45;
            packet[8] = 64;
            packet[9] = IpProtocol.Tcp;
            source.GetAddressBytes().CopyTo(packet, 12);
            destination.GetAddressBytes().CopyTo(packet, 16);
            packet[Ipv4Bytes + 12] = 5 << 4;
            packet[Ipv4Bytes + 13] = 0x02; // SYN.
            BinaryPrimitives.WriteUInt16BigEndian(packet.AsSpan(Ipv4Bytes + 14), 8192);
            return packet; // The kernel fills in the length and the IPv4 checksum (raw(7)).
        }

        private static void SetPorts(byte[] packet, ushort source, ushort destination)
        {
            Span<byte> tcp = packet.AsSpan(Ipv4Bytes);
            BinaryPrimitives.WriteUInt16BigEndian(tcp, source);
            BinaryPrimitives.WriteUInt16BigEndian(tcp[2..], destination);
            tcp[16..18].Clear();
            uint sum = IpProtocol.Tcp + TcpBytes;
            for (int offset = 12; offset < packet.Length; offset += 2)
                sum += BinaryPrimitives.ReadUInt16BigEndian(packet.AsSpan(offset));
            sum = (sum & 0xFFFF) + (sum >> 16);
            sum = (sum & 0xFFFF) + (sum >> 16);
            BinaryPrimitives.WriteUInt16BigEndian(tcp[16..], (ushort)~sum);
        }
    }
}
