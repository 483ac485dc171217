using Natflow.Core;
using Natflow.Memory;
using Natflow.Ports.InMemory;

namespace Natflow.Ports.Tests.InMemory;

public sealed class MemoryPortTests : IDisposable
{
    private const int ChunkCount = 16;

    private readonly Umem _umem = new(ChunkCount, 256);
    private readonly ChunkPool _pool;
    private readonly FrameDescriptor[] _frames = new FrameDescriptor[FrameDescriptor.BurstMax];

    public MemoryPortTests() => _pool = new ChunkPool(_umem, 0, ChunkCount);

    public void Dispose()
    {
        _pool.Dispose();
        _umem.Dispose();
    }

    [Fact]
    public void FeedAndTransmit_Frames_ComeOutInOrder()
    {
        using MemoryPort port = Make();
        for (byte i = 0; i < 5; i++)
            port.Feed([i, i, i]);

        int count = port.Receive(_frames);
        Assert.Equal(5, count);
        Assert.All(_frames.Take(5), static frame => Assert.Equal((3, 2, FrameFlags.None), (frame.LengthBytes, frame.PortIndex, frame.Flags)));
        Assert.Equal(5, port.Transmit(_frames.AsSpan(0, count)));

        Assert.Equal(5ul, port.SentCount);
        for (byte i = 0; i < 5; i++)
        {
            Assert.True(port.TryTakeSent(out byte[] frame));
            Assert.Equal([i, i, i], frame);
        }

        Assert.False(port.TryTakeSent(out _));
        Assert.Equal(ChunkCount, _pool.Available);
    }

    [Fact]
    public void Receive_MoreThanThereAreChunks_LeavesTheRestWaiting()
    {
        using MemoryPort port = Make();
        for (int i = 0; i < ChunkCount + 1; i++)
            port.Feed(new byte[60]);
        port.Complete();

        Assert.Equal(ChunkCount, port.Receive(_frames));
        Assert.False(port.IsExhausted);
        Assert.Equal(ChunkCount, port.Transmit(_frames.AsSpan(0, ChunkCount)));
        Assert.Equal(1, port.Receive(_frames));
        Assert.True(port.IsExhausted);
    }

    [Fact]
    public void Transmit_BeyondItsRoom_TakesAFewFromTheFront()
    {
        using MemoryPort port = Make();
        port.TransmitMax = 2;
        for (byte i = 0; i < 3; i++)
            port.Feed([i]);
        int count = port.Receive(_frames);

        Assert.Equal(2, port.Transmit(_frames.AsSpan(0, count)));
        Assert.Equal(ChunkCount - 1, _pool.Available);
        Assert.Equal(1, port.Transmit(_frames.AsSpan(2, 1)));
        Assert.Equal(ChunkCount, _pool.Available);
    }

    [Fact]
    public void Feed_FrameLargerThanAChunk_IsTheCallersMistake()
    {
        using MemoryPort port = Make();

        Assert.Throws<ArgumentOutOfRangeException>(() => port.Feed(new byte[_umem.FrameBytesMax + 1]));
    }

    [Fact]
    public void FeedReceiveTransmit_OnlyCounting_AllocatesNothing()
    {
        using MemoryPort port = Make(keepsSent: false);
        byte[] frame = new byte[60];
        Round();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 1000; i++)
            Round();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal(0, allocated);
        Assert.Equal(8008ul, port.SentCount);

        void Round()
        {
            for (int i = 0; i < 8; i++)
                port.Feed(frame);
            _ = port.Transmit(_frames.AsSpan(0, port.Receive(_frames)));
        }
    }

    private MemoryPort Make(bool keepsSent = true) => new("memory", 2, _umem, _pool) { KeepsSent = keepsSent };
}
