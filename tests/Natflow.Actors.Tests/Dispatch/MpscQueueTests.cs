using Natflow.Actors.Dispatch;
using Natflow.Testing;

namespace Natflow.Actors.Tests.Dispatch;

public sealed class MpscQueueTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void EnqueueAndDequeue_AnySequence_AgreesWithQueue(int seed)
    {
        var prng = new Prng(seed);
        var queue = new MpscQueue<int>();
        var model = new Queue<int>();
        int sizeMax = 0;
        for (int step = 0; step < 50_000; step++)
        {
            bool fills = step / 5000 % 2 == 0; // Long phases, so that it grows through all its sizes and is emptied again.
            if (prng.Next(10) < (fills ? 6 : 4))
            {
                queue.Enqueue(step);
                model.Enqueue(step);
            }
            else
            {
                bool expected = model.TryDequeue(out int expectedItem);
                bool actual = queue.TryDequeue(out int item);
                Assert.True(expected == actual && expectedItem == item, $"seed {seed}, step {step}");
            }

            Assert.True(queue.HasItem == model.Count > 0, $"seed {seed}, step {step}");
            sizeMax = Math.Max(sizeMax, model.Count);
        }

        Assert.True(sizeMax > 500);
    }

    [Fact]
    public void ManyProducers_NothingIsLostAndEachKeepsItsOrder()
    {
        const int Producers = 4;
        const int Each = 100_000;
        var queue = new MpscQueue<(int Producer, int Number)>();
        var threads = new Thread[Producers];
        for (int p = 0; p < Producers; p++)
        {
            int producer = p;
            threads[p] = new Thread(() =>
            {
                for (int i = 0; i < Each; i++)
                    queue.Enqueue((producer, i));
            });
            threads[p].Start();
        }

        int[] next = new int[Producers];
        for (int total = 0; total < Producers * Each;)
        {
            if (!queue.TryDequeue(out (int Producer, int Number) item))
            {
                Thread.Yield();
                continue;
            }

            Assert.Equal(next[item.Producer]++, item.Number);
            total++;
        }

        Array.ForEach(threads, thread => thread.Join());
        Assert.False(queue.HasItem);
    }

    [Fact]
    public void Ring_FullOrFrozen_Refuses()
    {
        var ring = new MpscRing<int>(2);
        Assert.True(ring.TryEnqueue(1));
        Assert.True(ring.TryEnqueue(2));
        Assert.False(ring.TryEnqueue(3));
        Assert.True(ring.TryDequeue(out int first));
        Assert.Equal(1, first);
        ring.FreezeAndLink(4);
        Assert.False(ring.TryEnqueue(4));
        Assert.False(ring.IsExhausted);
        Assert.True(ring.TryDequeue(out int second));
        Assert.Equal(2, second);
        Assert.True(ring.IsExhausted);
        Assert.Equal(4, ring.Next!.Capacity);
    }

    [Fact]
    public void SteadyState_AllocatesNothing()
    {
        var queue = new MpscQueue<Envelope>();
        object message = new();
        Cycle(queue, message, 10_000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Cycle(queue, message, 10_000);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static void Cycle(MpscQueue<Envelope> queue, object message, int rounds)
    {
        for (int round = 0; round < rounds; round++)
        {
            for (int i = 0; i < 50; i++)
                queue.Enqueue(new Envelope(message, Sender: null));
            while (queue.TryDequeue(out _))
            {
            }
        }
    }
}
