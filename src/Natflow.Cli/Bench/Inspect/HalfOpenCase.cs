using Natflow.Core;
using Natflow.Inspect.Build;
using Natflow.Inspect.Observe;

namespace Natflow.Cli.Bench.Inspect;

/// <summary>
/// A million TLS flows that begin a ClientHello of garbage and never go on, with an honest flow in two segments among each thousand: what the inspector holds at
/// most, what a packet waits for it, and whether the honest ones are decided all the same.
/// </summary>
internal static class HalfOpenCase
{
    /// <summary>Beginning of all names.</summary>
    internal const string Name = "half-open 1M";

    private const int FlowCount = 1_000_000;
    private const int HonestEvery = 1_000;
    private const int GarbageBytes = 300;
    private const int FirstBytes = 50;
    private const int OrderMax = 48; // Waits are counted by powers of two, up to days.
    private const byte Acknowledge = 0x10;

    /// <summary>Runs it.</summary>
    internal static IReadOnlyList<BenchRow> Run()
    {
        var settings = new InspectorSettings { FlowCapacity = 1 << 16, BufferBytes = 32 << 20 };
        using var inspector = new Inspector(settings);
        byte[] garbage = Garbage();
        byte[] hello = ClientHelloBuilder.Records(ClientHelloBuilder.Message("www.example.org"u8.ToArray()));
        int[] waits = new int[OrderMax];
        long bytesMax = 0;
        int honest = 0;
        long start = TimeProvider.System.GetTimestamp();
        for (int flow = 1; flow <= FlowCount; flow++)
        {
            Send(inspector, flow, 1000, garbage, waits);
            bytesMax = Math.Max(bytesMax, inspector.BufferedBytes);
            if (flow % HonestEvery != 0)
                continue;
            Send(inspector, flow + FlowCount, 1000, hello.AsSpan(0, FirstBytes), waits);
            Send(inspector, flow + FlowCount, 1000 + FirstBytes, hello.AsSpan(FirstBytes), waits);
            honest += inspector.Observations.Count;
            inspector.Observations.Clear();
        }

        double nanoseconds = TimeProvider.System.GetElapsedTime(start).TotalNanoseconds / FlowCount;
        return
        [
            new BenchRow($"{Name} buffered", "B", bytesMax, settings.BufferBytes),
            new BenchRow($"{Name} packet", "ns/packet", nanoseconds),
            new BenchRow($"{Name} packet p99.9 under", "ns", WaitOf(waits, 0.999)),
            new BenchRow($"{Name} honest decided", "flows", honest, FlowCount / HonestEvery),
            new BenchRow($"{Name} evicted, counted", "flows", inspector.Counters.FlowsEvicted),
        ];
    }

    private static void Send(Inspector inspector, int flow, uint sequence, ReadOnlySpan<byte> payload, int[] waits)
    {
        var ends = new FlowEnds(FlowEnds.Map((uint)flow), FlowEnds.Map(0x0101_01C6u), (ushort)(1024 + (flow % 60_000)), 443, IpProtocol.Tcp, IsIpv6: false, Zone: 0);
        long start = TimeProvider.System.GetTimestamp();
        inspector.OnTcp(in ends, new TcpSegment(sequence, 1, Acknowledge), payload, flow);
        long waited = (long)TimeProvider.System.GetElapsedTime(start).TotalNanoseconds;
        waits[Math.Min(OrderMax - 1, 64 - System.Numerics.BitOperations.LeadingZeroCount((ulong)waited))]++;
    }

    private static double WaitOf(int[] waits, double part)
    {
        long below = 0;
        int order = 0;
        while (order < OrderMax && (below += waits[order]) < part * waits.Sum(static count => (long)count))
            order++;
        return Math.Pow(2, order);
    }

    // A handshake record of 16 KiB with a ClientHello that says it is as long, and then anything.
    private static byte[] Garbage()
    {
        var random = new SplitMix(1);
        byte[] garbage = new byte[GarbageBytes];
        for (int i = 0; i < garbage.Length; i++)
            garbage[i] = (byte)random.Next();
        new byte[] { 22, 3, 1, 0x40, 0, 1, 0, 0x3F, 0 }.CopyTo(garbage, 0);
        return garbage;
    }
}
