using Natflow.Core;

namespace Natflow.Memory.Tests;

public sealed class MemoryTests
{
    [Fact]
    public unsafe void NativeArray_IsZeroedAndAligned()
    {
        using var array = new NativeArray<ulong>(1 << 16);

        Assert.Equal(0, (long)array.Base & ((2 << 20) - 1));
        Assert.DoesNotContain(array.Span.ToArray(), static value => value != 0);
        Assert.True(array.TryPopulate());
        array[7] = 42;
        Assert.Equal(42UL, array.Span[7]);
    }

    [Fact]
    public void NativeArray_MoreThanTheAddressSpace_SaysWhichCallFailed()
    {
        NativeException exception = Assert.Throws<NativeException>(static () => new NativeBlock(nuint.MaxValue / 2));

        Assert.Contains("mmap", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ChunkPool_RentAll_GivesEachChunkOnceThenRefuses()
    {
        using var umem = new Umem(16, 2048);
        using var pool = new ChunkPool(umem, 4, 8);
        var chunks = new HashSet<uint>();
        while (pool.TryRent(out uint chunk))
            Assert.True(chunks.Add(chunk));

        Assert.Equal(Enumerable.Range(4, 8).Select(static index => (uint)index * 2048), chunks.Order());
        foreach (uint chunk in chunks)
            pool.Return(chunk);
        Assert.Equal(8, pool.Available);
    }

    [Fact]
    public void Umem_ChunkOf_FindsTheStartFromAnyByte()
    {
        using var umem = new Umem(4, 4096);

        Assert.Equal((4096u, 4096u, 8192u), (umem.ChunkOf(4096), umem.ChunkOf(8191), umem.ChunkOf(8192)));
        Assert.Equal(4096 - Umem.HeadroomBytes, umem.FrameBytesMax);
    }

    [Theory]
    [InlineData(0, 2048)]
    [InlineData(4, 1000)]
    [InlineData(4, 128)]
    [InlineData(1 << 22, 2048)]
    public void Umem_BadSizes_AreRefused(int chunkCount, int chunkBytes) =>
        Assert.ThrowsAny<ArgumentException>(() => new Umem(chunkCount, chunkBytes));

    [Fact]
    public void WordMap_AllKeys_AreFoundAndOthersNot()
    {
        KeyValuePair<ulong, int>[] entries = [.. Enumerable.Range(1, 1000).Select(static index => KeyValuePair.Create((ulong)index * 77, index))];
        using var map = new WordMap(entries, new FlowHash(5));

        foreach ((ulong key, int value) in entries)
            Assert.True(map.TryFind(key, out int found) && found == value);
        Assert.False(map.TryFind(78, out _));
        Assert.Throws<ArgumentException>(static () => new WordMap([new(1, 1), new(1, 2)], new FlowHash(5)));
    }

    [Fact]
    public void ReasonCounters_AddAndRead_ByReason()
    {
        using var counters = new ReasonCounters();
        counters.Add(DropReason.Filtered);
        counters.Add(DropReason.NoMapping, 5);

        Assert.Equal((1UL, 5UL, 6UL), (counters.Read(DropReason.Filtered), counters.Read(DropReason.NoMapping), counters.Total()));
    }

    [Fact]
    public void ThreadNiceness_Lower_IsTheCallingThreadsAlone()
    {
        string own = "";
        var thread = new Thread(() =>
        {
            Assert.True(ThreadNiceness.TryLower(ThreadNiceness.Background));
            own = File.ReadAllText("/proc/thread-self/stat");
        });
        thread.Start();
        thread.Join();
        Assert.Equal("10", Niceness(own));
        Assert.NotEqual("10", Niceness(File.ReadAllText("/proc/thread-self/stat")));
        Assert.False(ThreadNiceness.TryLower(20));
        Assert.False(ThreadNiceness.TryLower(-1));
    }

    // Field 19 of proc(5); the name, field 2, may hold blanks.
    private static string Niceness(string stat) => stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[16];
}
