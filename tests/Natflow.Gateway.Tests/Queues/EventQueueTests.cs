using Natflow.Gateway.Queues;

namespace Natflow.Gateway.Tests.Queues;

public sealed class EventQueueTests
{
    [Fact]
    public void Add_WithoutReaderOrCache_IsSuppressed()
    {
        var queue = new EventQueue();
        queue.Add([1]);
        Assert.True(queue.TryOpen());
        queue.Add([2]);
        Assert.False(queue.IsWanted);
        Assert.Null(queue.TryTake(out _));
        Assert.Equal((0ul, 2ul, 0ul), queue.Counters);
    }

    [Fact]
    public void Add_Full_LosesTheNewOne()
    {
        EventQueue queue = Opened(cache: 2);
        for (byte i = 1; i <= 3; i++)
            queue.Add([i], source: i);
        Assert.Equal((2ul, 0ul, 1ul), queue.Counters);
        Assert.Equal([1, 2], Rest(queue));
        Assert.Equal((1ul, 0ul), (queue.QueuedBy(2), queue.QueuedBy(3)));
        queue.Add([4]);
        Assert.Equal([4], Rest(queue));
    }

    [Fact]
    public void SetCache_Lower_ForgetsTheOldest()
    {
        EventQueue queue = Opened(cache: 5);
        for (byte i = 1; i <= 4; i++)
            queue.Add([i]);
        queue.SetCache(2);
        Assert.Equal([3, 4], Rest(queue));
        queue.Add([5]);
        queue.SetCache(0);
        Assert.Empty(Rest(queue));
        queue.SetCache(1);
        Assert.Empty(Rest(queue));
    }

    [Fact]
    public void TryOpen_Second_IsRefusedUntilTheFirstCloses()
    {
        EventQueue queue = Opened(cache: 5);
        queue.Add([1]);
        Assert.False(queue.TryOpen());
        queue.Close();
        Assert.True(queue.TryOpen());
        Assert.False(queue.IsWanted);
        Assert.Empty(Rest(queue));
    }

    [Fact]
    public void TryTake_Nothing_WaitsForTheNext()
    {
        EventQueue queue = Opened(cache: 5);
        for (int round = 0; round < 3; round++)
        {
            Assert.Null(queue.TryTake(out Task more));
            Assert.False(more.IsCompleted);
            queue.Add([1]);
            Assert.True(more.IsCompleted);
            Assert.Equal([1], Rest(queue));
        }
    }

    [Fact]
    public void Add_MoreBytesThanAllowed_IsLostWhateverTheReaderSays()
    {
        EventQueue queue = Opened(cache: uint.MaxValue);
        byte[] half = new byte[EventQueue.BytesMax / 2];
        queue.Add(half);
        queue.Add(half);
        queue.Add([1]);
        Assert.Equal((2ul, 0ul, 1ul), queue.Counters);
        Assert.NotNull(queue.TryTake(out _));
        queue.Add([1]);
        Assert.Equal((3ul, 0ul, 1ul), queue.Counters);
    }

    [Fact]
    public void Clear_KeepsReaderAndCache()
    {
        EventQueue queue = Opened(cache: 1);
        queue.Add([1], source: 9);
        queue.Add([2]);
        queue.Clear();
        Assert.Equal((0ul, 0ul, 0ul), queue.Counters);
        Assert.Equal(0ul, queue.QueuedBy(9));
        Assert.Empty(Rest(queue));
        queue.Add([3]);
        Assert.Equal([3], Rest(queue));
        Assert.False(queue.TryOpen());
    }

    private static EventQueue Opened(uint cache)
    {
        var queue = new EventQueue();
        Assert.True(queue.TryOpen());
        queue.SetCache(cache);
        return queue;
    }

    private static List<byte> Rest(EventQueue queue)
    {
        var rest = new List<byte>();
        while (queue.TryTake(out _) is { } record)
            rest.AddRange(record);
        return rest;
    }
}
