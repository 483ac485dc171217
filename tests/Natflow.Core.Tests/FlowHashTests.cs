namespace Natflow.Core.Tests;

public sealed class FlowHashTests
{
    [Fact]
    public void Of_SequentialKeys_FillBucketsEvenly()
    {
        var hash = new FlowHash(1);
        const int Buckets = 1024;
        int[] counts = new int[Buckets];
        for (uint i = 0; i < Buckets * 64; i++)
            counts[hash.Of(new FlowKey(0x0100000A + (i << 24), 0x01010101, (ushort)i, 443, 0, 6, Side.Lan)) >> 22]++;

        // 64 a bucket on average; a Poisson tail beyond 112 has a chance below one in 10^7.
        Assert.InRange(counts.Max(), 64, 112);
        Assert.InRange(counts.Min(), 24, 64);
    }

    [Fact]
    public void Of_AnotherSecret_GivesOtherCollisions()
    {
        var one = new FlowHash(1);
        var other = new FlowHash(2);
        int both = 0;
        var seen = new Dictionary<uint, FlowKey>();
        for (uint i = 0; i < 200_000; i++)
        {
            var key = new FlowKey(i, 2, 3, 4, 0, 6, Side.Lan);
            uint bucket = one.Of(key) >> 8;
            if (seen.TryGetValue(bucket, out FlowKey first) && other.Of(first) >> 8 == other.Of(key) >> 8)
                both++;
            seen[bucket] = key;
        }

        Assert.Equal(0, both);
    }

    [Fact]
    public void Of_EachField_MattersAlone()
    {
        var hash = new FlowHash(3);
        var key = new FlowKey(1, 2, 3, 4, 5, 6, Side.Lan);
        FlowKey[] others =
        [
            key with { SrcAddrBe = 9 }, key with { DstAddrBe = 9 }, key with { SrcPortBe = 9 }, key with { DstPortBe = 9 },
            key with { Zone = 9 }, key with { Protocol = 9 }, key with { Side = Side.Wan },
        ];

        Assert.DoesNotContain(hash.Of(key), others.Select(other => hash.Of(other)));
    }
}
