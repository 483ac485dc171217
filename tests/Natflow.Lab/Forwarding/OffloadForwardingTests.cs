using System.Net;
using System.Net.Sockets;
using Natflow.Flows.Offers;
using Natflow.Host.Lab;
using Natflow.Lab.Topology;
using Natflow.Management.Control;

namespace Natflow.Lab.Forwarding;

/// <summary>Established flows through the soft PPE of a running gateway.</summary>
[Collection(AloneCollection.Name)]
public sealed class OffloadForwardingTests
{
    private const int UdpPort = 7003;
    private const int TcpPort = 7004;
    private const int PacketBytes = 100;
    private const int HeaderBytes = 28; // IPv4 and UDP.
    private const int Datagrams = 20_000;
    private const int InFlightMax = 64;
    private const int TransferBytes = 64 << 20;
    private const long LimitBitsPerSecond = 10_000_000;

    [LabTheory("ethtool")]
    [InlineData("xdp")]
    [InlineData("tc")]
    public async Task UdpFlow_Offloaded_TotalsAreExact(string engine)
    {
        await using TestLab lab = await Up(engine);
        using Socket outside = Bind(lab.X, LabPlan.HostX);
        using Socket inside = Bind(lab.A, LabPlan.HostA);
        inside.Connect(IPAddress.Parse(LabPlan.HostX), UdpPort);
        byte[] packet = new byte[PacketBytes];
        int sent = 0;
        EndPoint seen = new IPEndPoint(IPAddress.Any, 0);
        await Until.Holds("the flow is offloaded", () =>
        {
            sent++;
            inside.Send(packet);
            outside.ReceiveFrom(packet, ref seen);
            outside.SendTo(packet, seen);
            inside.Receive(packet);
            return Flow(lab, UdpPort).Offload == OffloadReason.Offloaded;
        });
        ulong before = Stats(lab).OffloadedPackets;

        for (int i = 0; i < Datagrams; i += InFlightMax)
        {
            for (int k = 0; k < InFlightMax; k++)
                inside.Send(packet);
            for (int k = 0; k < InFlightMax; k++)
                outside.ReceiveFrom(packet, ref seen);
            for (int k = 0; k < InFlightMax; k++)
                outside.SendTo(packet, seen);
            for (int k = 0; k < InFlightMax; k++)
                inside.Receive(packet);
            sent += InFlightMax;
        }

        await Until.Holds("the totals are what the sockets counted", () => Flow(lab, UdpPort) is { } flow
            && flow.PacketsOut == (ulong)sent && flow.PacketsIn == (ulong)sent);
        FlowModel exact = Flow(lab, UdpPort);
        Assert.Equal((ulong)sent * (PacketBytes + HeaderBytes), exact.BytesOut);
        Assert.Equal((ulong)sent * (PacketBytes + HeaderBytes), exact.BytesIn);
        Assert.InRange(Stats(lab).OffloadedPackets - before, 2UL * Datagrams * 9 / 10, ulong.MaxValue);
    }

    [LabTheory("ethtool")]
    [InlineData("xdp")]
    [InlineData("tc")]
    public async Task TcpTransfer_Offloaded_ArrivesAndLeavesNoEntry(string engine)
    {
        await using TestLab lab = await Up(engine);
        (Socket inside, Socket outside) = Connect(lab);
        using (inside)
        using (outside)
        {
            inside.Send("begin"u8);
            Assert.Equal(5, outside.Receive(new byte[5]));
            await Until.Holds("the flow is offloaded", () => Flow(lab, TcpPort).Offload == OffloadReason.Offloaded);
            Task sending = Task.Run(() => SendPattern(outside));
            Assert.Equal(TransferBytes, await Task.Run(() => ReceivePattern(inside)).WaitAsync(TimeSpan.FromSeconds(60)));
            await sending;
            await Until.Holds("most of it went through the PPE", () => Stats(lab).OffloadedBytes > TransferBytes * 9UL / 10);
        }

        await Until.Holds("FIN took the entries out", () => Stats(lab).Entries == 0);
        Assert.NotEqual(OffloadReason.Offloaded, Flow(lab, TcpPort).Offload);
    }

    [LabTheory("ethtool")]
    [InlineData("xdp")]
    [LongInlineData("tc")]
    [LongInlineData("none")]
    public async Task Limit_OfAUdpDownload_Holds(string engine)
    {
        await using TestLab lab = await Up(engine, "natflow.users.rate-down = 10M\n");
        using Socket outside = Bind(lab.X, LabPlan.HostX);
        using Socket inside = Bind(lab.A, LabPlan.HostA);
        inside.ReceiveBufferSize = 4 << 20;
        inside.Connect(IPAddress.Parse(LabPlan.HostX), UdpPort);
        byte[] packet = new byte[1000];
        EndPoint seen = new IPEndPoint(IPAddress.Any, 0);
        inside.Send(packet);
        outside.ReceiveFrom(packet, ref seen);
        using var end = new CancellationTokenSource();
        Task sending = Task.Run(() => SendPaced(outside, seen, packet, 2 * LimitBitsPerSecond, end.Token));
        double bitsPerSecond = await Task.Run(() => Measure(inside, 1028.0 / 1000));
        await end.CancelAsync();
        await sending;
        Assert.InRange(bitsPerSecond, LimitBitsPerSecond * 0.95, LimitBitsPerSecond * 1.05);
        if (engine != "none")
            Assert.Equal(OffloadReason.Offloaded, Flow(lab, UdpPort).Offload);
    }

    [LabTheory("ethtool")]
    [InlineData("xdp")]
    [InlineData("tc")]
    [LongInlineData("none")]
    public async Task Limit_OfATcpDownload_Holds(string engine)
    {
        await using TestLab lab = await Up(engine, "natflow.users.rate-down = 10M\n");
        (Socket inside, Socket outside) = Connect(lab);
        using (inside)
        using (outside)
        {
            outside.SendTimeout = 5000;
            Task sending = Task.Run(() => SendUntilClosed(outside));
            double bitsPerSecond = await Task.Run(() => Measure(inside, 1500.0 / 1448));
            Assert.InRange(bitsPerSecond, LimitBitsPerSecond * 0.95, LimitBitsPerSecond * 1.05);
            if (engine != "none")
                Assert.Equal(OffloadReason.Offloaded, Flow(lab, TcpPort).Offload);
            inside.Close();
            await sending;
        }
    }

    // Ten seconds in the middle of the transfer. Other tests share the machine; the exact figures are those of `natflow lab bench qos`.
    private static double Measure(Socket inside, double l3BytesPerByte)
    {
        byte[] piece = new byte[64 << 10];
        var clock = TimeProvider.System;
        long start = clock.GetTimestamp();
        while (clock.GetElapsedTime(start) < TimeSpan.FromSeconds(3))
            Assert.NotEqual(0, inside.Receive(piece));
        long received = 0;
        long from = clock.GetTimestamp();
        while (clock.GetElapsedTime(from) < TimeSpan.FromSeconds(10))
            received += inside.Receive(piece);

        return received * 8.0 / clock.GetElapsedTime(from).TotalSeconds * l3BytesPerByte;
    }

    // At tc what hosts leave to hardware is taken as it is.
    private static async Task<TestLab> Up(string engine, string extraConfig = "")
    {
        bool isTc = engine == "tc";
        TestLab lab = await TestLab.Up(isTc ? LabMode.AfPacket : LabMode.AfXdp, $"natflow.offload.engine = {engine}\n{extraConfig}");
        if (!isTc)
            FinishChecksums(lab);
        return lab;
    }

    // Hosts on veth leave checksums and segmentation to hardware that is not there; such packets are no PPE's.
    private static void FinishChecksums(TestLab lab)
    {
        foreach (LabHostShell host in new[] { lab.A, lab.X })
        {
            foreach (string line in host.Run("ip -o link show type veth").Split('\n', StringSplitOptions.RemoveEmptyEntries))
                host.Run($"ethtool -K {line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1].Split('@', ':')[0]} tx off");
        }

        // A veth takes what XDP redirects to its peer only when it has NAPI.
        lab.Lan.Run("ethtool -K gw gro on");
        lab.Wan.Run("ethtool -K gw gro on");
    }

    private static FlowModel Flow(TestLab lab, int port) =>
        Assert.Single(lab.Ask($"/v1/flows?port={port}", ControlJson.Default.FlowsModel).GetAwaiter().GetResult().Flows);

    private static OffloadModel Stats(TestLab lab) => lab.Ask("/v1/offload", ControlJson.Default.OffloadModel).GetAwaiter().GetResult();

    private static Socket Bind(LabHostShell host, string address) => host.Invoke(() =>
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp) { ReceiveTimeout = 5000 };
        socket.Bind(new IPEndPoint(IPAddress.Parse(address), UdpPort));
        return socket;
    });

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
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(IPAddress.Parse(LabPlan.HostX), TcpPort);
            return socket;
        });
        return (inside, listener.Accept());
    }

    private static void SendPattern(Socket socket)
    {
        byte[] piece = new byte[64 << 10];
        for (int done = 0; done < TransferBytes; done += piece.Length)
        {
            piece.AsSpan().Fill((byte)(done >> 16));
            for (int at = 0; at < piece.Length;)
                at += socket.Send(piece.AsSpan(at));
        }
    }

    // How much came as it was sent.
    private static int ReceivePattern(Socket socket)
    {
        byte[] piece = new byte[64 << 10];
        for (int done = 0; done < TransferBytes; done += piece.Length)
        {
            for (int at = 0; at < piece.Length;)
            {
                int count = socket.Receive(piece.AsSpan(at));
                if (count == 0)
                    return done + at;
                at += count;
            }

            if (piece.AsSpan().ContainsAnyExcept((byte)(done >> 16)))
                return done;
        }

        return TransferBytes;
    }

    private static void SendPaced(Socket socket, EndPoint to, byte[] packet, double bitsPerSecond, CancellationToken end)
    {
        TimeProvider clock = TimeProvider.System;
        long start = clock.GetTimestamp();
        for (long sent = 0; !end.IsCancellationRequested;)
        {
            if (clock.GetElapsedTime(start).TotalSeconds * bitsPerSecond / 8 < sent)
            {
                Thread.Yield();
                continue;
            }

            sent += socket.SendTo(packet, to);
        }
    }

    private static void SendUntilClosed(Socket socket)
    {
        byte[] piece = new byte[16 << 10];
        try
        {
            while (socket.Send(piece) != 0)
            {
            }
        }
        catch (SocketException)
        {
            // The other end has seen enough.
        }
    }
}
