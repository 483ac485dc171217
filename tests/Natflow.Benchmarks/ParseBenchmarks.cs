using BenchmarkDotNet.Attributes;
using Natflow.Core;
using Natflow.Packets;

namespace Natflow.Benchmarks;

/// <summary>Parsing and rewriting of a burst; the mean is per frame.</summary>
public class ParseBenchmarks : IDisposable
{
    private const uint ExternalBe = 0x017100CB;
    private const ushort PortBe = 0x1234;

    private FrameBatch _batch = null!;

    /// <summary>Fills the frames.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _batch = new FrameBatch();
        _batch.Parse();
    }

    /// <summary>Descriptors as a port gives them, to complete ones.</summary>
    [Benchmark(OperationsPerInvoke = FrameDescriptor.BurstMax)]
    public PacketKind ParseBatch()
    {
        _batch.Parse();
        return _batch.Frames[^1].Kind;
    }

    /// <summary>Source address and port with both checksums, and the TTL back, so that it lasts.</summary>
    [Benchmark(OperationsPerInvoke = FrameDescriptor.BurstMax)]
    public int RewriteBatch()
    {
        int bytes = 0;
        foreach (ref FrameDescriptor frame in _batch.Frames.AsSpan())
        {
            Span<byte> span = _batch.Umem.Frame(frame.FrameOffset, frame.LengthBytes);
            NatRewriter.RewriteSource(span, frame.L3Offset, frame.L4Offset, IpProtocol.Udp, ExternalBe, PortBe, l3Delta: 1, l4Delta: 2);
            NatRewriter.RestoreTtl(span, frame.L3Offset);
            bytes += span.Length;
        }

        return bytes;
    }

    /// <summary>Frees the frames.</summary>
    [GlobalCleanup]
    public void Dispose()
    {
        _batch.Dispose();
        GC.SuppressFinalize(this);
    }
}
