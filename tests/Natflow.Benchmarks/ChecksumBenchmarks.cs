using BenchmarkDotNet.Attributes;
using Natflow.Packets;

namespace Natflow.Benchmarks;

/// <summary>Whole and incremental checksums.</summary>
public class ChecksumBenchmarks
{
    private const int UpdatesPerInvoke = 1000;

    private byte[] _packet = [];

    /// <summary>Bytes of a packet: a small one, a full one.</summary>
    [Params(64, 1500)]
    public int LengthBytes { get; set; } = 64;

    /// <summary>Fills the packet.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _packet = new byte[LengthBytes];
        new Testing.Prng(LengthBytes).NextBytes(_packet);
    }

    /// <summary>RFC 1071 over all bytes.</summary>
    [Benchmark]
    public ushort Compute() => Checksum.Compute(_packet);

    /// <summary>RFC 1624 for one changed word; the mean is per update.</summary>
    [Benchmark(OperationsPerInvoke = UpdatesPerInvoke)]
    public ushort Apply()
    {
        ushort checksum = 0x1234;
        for (ushort i = 0; i < UpdatesPerInvoke; i++)
            checksum = Checksum.ApplyUdp(checksum, Checksum.Delta(i, checksum));
        return checksum;
    }
}
