using System.Net;
using System.Net.Sockets;
using Natflow.Core;
using Natflow.Ports.AfPacket;
using Natflow.Ports.Tests.Wire;
using Natflow.Testing;
using Natflow.Testing.Namespaces;
using Xunit.Abstractions;

namespace Natflow.Ports.Tests.AfPacket;

/// <summary>A figure rather than a check: frames a second from one port's receive ring to another's transmit ring. Runs where NATFLOW_MEASURE is set.</summary>
public sealed class AfPacketThroughput(ITestOutputHelper output)
{
    private static readonly TimeSpan Duration = TimeSpan.FromSeconds(2);

    [MeasureTheory]
    [InlineData(60)]
    [InlineData(1514)]
    public void Forward_FloodFromOneGenerator_IsReported(int frameBytes)
    {
        using var gateway = new TestNamespace("gw");
        using var source = new TestNamespace("src");
        using var sink = new TestNamespace("sink");
        gateway.AddVeth(source, "gwsrc", "src0");
        gateway.AddVeth(sink, "gwsink", "sink0");
        using var pump = new PortPump(chunkCount: 4096);
        using var generatorPump = new PortPump();
        using AfPacketPort from = gateway.Invoke(() => Open("gwsrc", pump));
        using AfPacketPort to = gateway.Invoke(() => Open("gwsink", pump));
        using AfPacketPort generator = source.Invoke(() => Open("src0", generatorPump));

        bool isStopping = false;
        long generated = 0;
        byte[] frame = TestFrames.Make(new Prng(1), frameBytes);
        var thread = new Thread(() => generated = Generate(generator.Queue(0), generatorPump, frame, ref isStopping));
        thread.Start();
        (long forwarded, double seconds) = Forward(from.Queue(0), to.Queue(0), pump);
        Volatile.Write(ref isStopping, true);
        thread.Join();

        AfPacketStatistics statistics = from.Queue(0).ReadStatistics();
        output.WriteLine(
            $"{frameBytes} bytes: generated {generated / seconds / 1e6:F2}, forwarded {forwarded / seconds / 1e6:F2} Mpps; {statistics}");
        Assert.True(forwarded > 0);
    }

    [MeasureTheory]
    [InlineData(500)]
    public void Bridge_LoneDatagrams_RoundTripIsReported(int tripCount)
    {
        using var bridge = new TwoPortBridge();
        bridge.Lan.Run("ip addr add 10.9.0.1/24 dev lan0");
        bridge.Wan.Run("ip addr add 10.9.0.2/24 dev wan0");
        using Socket client = bridge.Lan.Invoke(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        using Socket server = bridge.Wan.Invoke(() => new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp));
        server.Bind(new IPEndPoint(IPAddress.Parse("10.9.0.2"), 5000));
        client.Connect(IPAddress.Parse("10.9.0.2"), 5000);
        bridge.Start();
        byte[] datagram = new byte[64];
        var trips = new List<double>();
        for (int i = 0; i < tripCount; i++)
        {
            long start = TimeProvider.System.GetTimestamp();
            _ = client.Send(datagram);
            EndPoint from = new IPEndPoint(IPAddress.Any, 0);
            _ = server.ReceiveFrom(datagram, ref from);
            _ = server.SendTo(datagram, from);
            _ = client.Receive(datagram);
            trips.Add(TimeProvider.System.GetElapsedTime(start).TotalMicroseconds);
        }

        bridge.Stop();
        trips.Sort();
        output.WriteLine($"round trip: median {trips[tripCount / 2]:F0}, p99 {trips[tripCount * 99 / 100]:F0} microseconds");
        Assert.Equal(tripCount, trips.Count);
    }

    private static AfPacketPort Open(string name, PortPump pump) =>
        new(new AfPacketSettings { InterfaceName = name, IsPromiscuous = true }, 0, pump.Umem, pump.Pools);

    private static (long Frames, double Seconds) Forward(AfPacketQueue from, AfPacketQueue to, PortPump pump)
    {
        var burst = new FrameDescriptor[FrameDescriptor.BurstMax];
        long frames = 0;
        long start = TimeProvider.System.GetTimestamp();
        TimeSpan elapsed;
        while ((elapsed = TimeProvider.System.GetElapsedTime(start)) < Duration)
        {
            int count = from.Receive(burst);
            int sent = to.Transmit(burst.AsSpan(0, count));
            frames += sent;
            for (int i = sent; i < count; i++)
                pump.Pools[0].Return(pump.Umem.ChunkOf(burst[i].FrameOffset));
        }

        return (frames, elapsed.TotalSeconds);
    }

    private static long Generate(AfPacketQueue queue, PortPump pump, byte[] frame, ref bool isStopping)
    {
        var burst = new FrameDescriptor[64];
        while (!Volatile.Read(ref isStopping))
        {
            int count = 0;
            for (; count < burst.Length && pump.Pools[0].TryRent(out uint chunk); count++)
            {
                frame.CopyTo(pump.Umem.Frame(chunk, frame.Length));
                burst[count] = new FrameDescriptor { FrameOffset = chunk, LengthBytes = (ushort)frame.Length };
            }

            int sent = queue.Transmit(burst.AsSpan(0, count));
            for (int i = sent; i < count; i++)
                pump.Pools[0].Return(burst[i].FrameOffset);
        }

        return (long)queue.SentCount;
    }
}
