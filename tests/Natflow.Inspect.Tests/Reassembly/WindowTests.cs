using Natflow.Inspect.Reassembly;
using Natflow.Testing;

namespace Natflow.Inspect.Tests.Reassembly;

public sealed class WindowTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Ranges_AnySequence_AgreeWithABitmap(int seed)
    {
        var prng = new Prng(seed);
        var ranges = default(ByteRanges);
        bool[] model = new bool[600];
        int refused = 0;
        for (int step = 0; step < 5_000; step++)
        {
            if (prng.Next(20) == 0)
            {
                int count = prng.Next(100);
                ranges.Consume(count);
                model = [.. model.Skip(count), .. new bool[count]];
            }

            int start = prng.Next(model.Length - 8);
            int end = start + 1 + prng.Next(7);
            if (ranges.TryAdd(start, end)) Array.Fill(model, true, start, end - start);
            else refused++;
            Assert.Equal(Describe(model), Describe(ranges));
            Assert.Equal(Array.IndexOf(model, false), ranges.PrefixBytes);
        }

        Assert.InRange(refused, 1, 4_999);
    }

    [Theory]
    [InlineData(4)]
    [InlineData(5)]
    public void Windows_AnySequence_KeepWhatCameFirst(int seed)
    {
        var prng = new Prng(seed);
        using var pool = new PagePool(64);
        var windows = new StreamWindows(pool);
        byte[] room = new byte[StreamWindows.WindowBytesMax];
        for (int round = 0; round < 200; round++)
        {
            var window = default(StreamWindow);
            int[] model = new int[20_000];
            Array.Fill(model, -1);
            for (int step = 0; step < 30; step++)
            {
                byte[] piece = new byte[1 + prng.Next(3000)];
                prng.NextBytes(piece);
                int offset = prng.Next(model.Length - piece.Length);
                Assert.Equal(WindowResult.Kept, windows.TryWrite(ref window, offset, piece));
                for (int i = 0; i < piece.Length; i++)
                    model[offset + i] = model[offset + i] < 0 ? piece[i] : model[offset + i];
                if (step % 10 != 9) continue;
                int consumed = prng.Next(2500);
                windows.Consume(ref window, consumed);
                model = [.. model.Skip(consumed), .. Enumerable.Repeat(-1, consumed)];
            }

            int prefix = Array.IndexOf(model, -1);
            Assert.Equal(model.Take(prefix).Select(static value => (byte)value), windows.Prefix(in window, room).ToArray());
            windows.Release(ref window);
            Assert.Equal(0, pool.UsedCount);
        }
    }

    [Fact]
    public void TryWrite_Limits_AreSaid()
    {
        using var pool = new PagePool(2);
        var windows = new StreamWindows(pool);
        var window = default(StreamWindow);
        Assert.Equal(WindowResult.TooFar, windows.TryWrite(ref window, StreamWindows.WindowBytesMax, new byte[1]));
        Assert.Equal(WindowResult.NoPage, windows.TryWrite(ref window, PagePool.PageBytes * 2, new byte[1]));
        windows.Release(ref window);
        for (int i = 0; i < ByteRanges.RangesMax; i++)
            Assert.Equal(WindowResult.Kept, windows.TryWrite(ref window, i * 2, new byte[1]));
        Assert.Equal(WindowResult.TooManyHoles, windows.TryWrite(ref window, 1000, new byte[1]));
    }

    private static string Describe(bool[] model) => string.Join(' ', model.Select(static (has, i) => has ? i : -1).Where(static i => i >= 0));

    private static string Describe(ByteRanges ranges) => string.Join(
        ' ', Enumerable.Range(0, ranges.Count).SelectMany(i => Enumerable.Range(ranges[i].Start, ranges[i].End - ranges[i].Start)));
}
