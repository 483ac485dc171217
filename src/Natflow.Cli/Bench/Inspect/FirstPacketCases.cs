using System.Text;

using Natflow.Core;
using Natflow.Inspect.Build;
using Natflow.Inspect.Observe;

namespace Natflow.Cli.Bench.Inspect;

/// <summary>A new flow each time, through the whole inspector: table, parser, observation, and out of the table again.</summary>
internal sealed class FirstPacketCases : IDisposable
{
    private const int Repetitions = 9;
    private const double WarmUpSeconds = 1.5; // Until the compiler has seen what is hot.
    private const int FlowsPerRepetition = 40_000;
    private const uint QuicVersion1 = 1;
    private const byte Acknowledge = 0x18;

    // A batch is taken after each burst, as a gateway does.
    private const int BurstFlows = 64;

    // Different connection ids, so that no keys are found in the cache.
    private const int QuicPacketCount = 4096;

    private static readonly byte[] Name = Encoding.ASCII.GetBytes("www.static.example-shop.com");

    private readonly Inspector _inspector = new(new InspectorSettings { ReportsAnswers = false });
    private readonly byte[] _hello = ClientHelloBuilder.Records(ClientHelloBuilder.Message(Name, keyShareBytes: 36, [Encoding.ASCII.GetBytes("h2")]));
    private readonly byte[] _bigHello = ClientHelloBuilder.Records(ClientHelloBuilder.Message(Name, keyShareBytes: 1220, [Encoding.ASCII.GetBytes("h2")]));
    private readonly byte[] _request = Encoding.ASCII.GetBytes(
        "GET /assets/js/app.3f2a.js?v=12 HTTP/1.1\r\nHost: www.static.example-shop.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36\r\n"
        + "Accept: */*\r\nAccept-Encoding: gzip, deflate, br\r\nAccept-Language: en-GB,en;q=0.9\r\nReferer: http://www.example-shop.com/\r\nConnection: keep-alive\r\n\r\n");

    private readonly byte[][] _initials = new byte[QuicPacketCount][];
    private readonly byte[] _noise = new byte[120];

    /// <summary>Builds the packets.</summary>
    internal FirstPacketCases()
    {
        byte[] frame = QuicInitialBuilder.CryptoFrame(0, ClientHelloBuilder.Message(Name, keyShareBytes: 36, [Encoding.ASCII.GetBytes("h3")]));
        for (int i = 0; i < QuicPacketCount; i++)
        {
            byte[] id = BitConverter.GetBytes((ulong)(i + 1) * 0x9E3779B97F4A7C15);
            _initials[i] = QuicInitialBuilder.Packet(QuicVersion1, id, id, packetNumber: 0, frame);
        }

        for (int i = 0; i < _noise.Length; i++)
            _noise[i] = (byte)((i * 37) + 0x11);
    }

    /// <summary>The cases: a name, what is done with so many flows, and the nanoseconds each may take.</summary>
    internal IEnumerable<(string Name, Action<int> Run, double? LimitNs)> All()
    {
        yield return ("sni in-order hello", Each(flow => Tcp(flow, _hello)), 1000);
        yield return ("sni hello in two segments", Each(TwoSegments), null);
        yield return ("http host", Each(flow => Tcp(flow, _request)), 500);
        yield return ("quic initial to sni", Each(flow => Udp(flow, _initials[flow % QuicPacketCount], 443)), 12_000);
        yield return ("udp first packet without match", Each(flow => Udp(flow, _noise, 27015)), 500);
    }

    /// <summary>Measures a case.</summary>
    /// <returns>Its time beside its limit, and the worst allocation.</returns>
    internal static IEnumerable<BenchRow> Measure(string name, Action<int> run, double? limitNs)
    {
        double[] times = new double[Repetitions];
        double allocated = 0;
        long begin = TimeProvider.System.GetTimestamp();
        for (int i = -1; i < Repetitions; i = i >= 0 || TimeProvider.System.GetElapsedTime(begin).TotalSeconds > WarmUpSeconds ? i + 1 : i)
        {
            long bytes = GC.GetAllocatedBytesForCurrentThread();
            long start = TimeProvider.System.GetTimestamp();
            run(FlowsPerRepetition);
            double nanoseconds = TimeProvider.System.GetElapsedTime(start).TotalNanoseconds / FlowsPerRepetition;
            if (i < 0)
                continue;
            times[i] = nanoseconds;
            allocated = Math.Max(allocated, (double)(GC.GetAllocatedBytesForCurrentThread() - bytes) / FlowsPerRepetition);
        }

        Array.Sort(times);
        return [new BenchRow(name, "ns/flow", times[Repetitions / 2], limitNs), new BenchRow($"{name} allocated", "B/flow", allocated)];
    }

    public void Dispose() => _inspector.Dispose();

    private static Action<int> Each(Action<int> run) => flows =>
    {
        for (int flow = 0; flow < flows; flow++)
            run(flow);
    };

    private static FlowEnds Ends(int flow, ushort port, byte protocol) => new(
        FlowEnds.Map(0x0A00_0000u + ((uint)flow << 8)), FlowEnds.Map(0x0101_01C6u), (ushort)(1024 + (flow % 60_000)), port, protocol, IsIpv6: false, Zone: 0);

    private void Tcp(int flow, byte[] payload)
    {
        FlowEnds ends = Ends(flow, 443, IpProtocol.Tcp);
        _inspector.OnTcp(in ends, new TcpSegment(1000, 1, Acknowledge), payload, flow);
        Take(flow);
    }

    private void TwoSegments(int flow)
    {
        const int firstBytes = 1000;
        FlowEnds ends = Ends(flow, 443, IpProtocol.Tcp);
        _inspector.OnTcp(in ends, new TcpSegment(1000, 1, Acknowledge), _bigHello.AsSpan(0, firstBytes), flow);
        _inspector.OnTcp(in ends, new TcpSegment(1000 + firstBytes, 1, Acknowledge), _bigHello.AsSpan(firstBytes), flow);
        Take(flow);
    }

    private void Udp(int flow, byte[] payload, ushort port)
    {
        FlowEnds ends = Ends(flow, port, IpProtocol.Udp);
        _inspector.OnUdp(in ends, payload, flow);
        Take(flow);
    }

    private void Take(int flow)
    {
        if (flow % BurstFlows == 0) _inspector.Observations.Clear();
    }
}
