using Natflow.Testing;

namespace Natflow.Memory.Tests;

public sealed class SpscRingTests
{
    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 8)];

    [Theory, MemberData(nameof(Seeds))]
    public void EnqueueDequeue_AnySequence_AgreesWithAQueue(int seed)
    {
        var prng = new Prng(seed);
        using var ring = new SpscRing<ulong>(64);
        var model = new Queue<ulong>();
        ulong[] items = new ulong[80];
        for (int step = 0; step < 5_000; step++)
        {
            int count = prng.Next(items.Length + 1);
            if (prng.Next(2) == 0)
            {
                for (int i = 0; i < count; i++)
                    items[i] = prng.NextULong();
                int taken = ring.Enqueue(items.AsSpan(0, count));
                Assert.Equal(Math.Min(count, 64 - model.Count), taken);
                foreach (ulong item in items.AsSpan(0, taken))
                    model.Enqueue(item);
            }
            else
            {
                int taken = ring.Dequeue(items.AsSpan(0, count));
                Assert.Equal(Math.Min(count, model.Count), taken);
                foreach (ulong item in items.AsSpan(0, taken))
                    Assert.True(model.Dequeue() == item, $"seed {seed}, step {step}");
            }

            Assert.Equal(model.Count, ring.Count);
        }
    }

    [Fact]
    public void TwoThreads_AllArriveOnceInOrder()
    {
        const ulong Total = 2_000_000;
        using var ring = new SpscRing<ulong>(256);
        var producer = new Thread(() =>
        {
            ulong next = 0;
            ulong[] batch = new ulong[100];
            while (next < Total)
            {
                int count = (int)Math.Min((ulong)batch.Length, Total - next);
                for (int i = 0; i < count; i++)
                    batch[i] = next + (ulong)i;
                int taken = ring.Enqueue(batch.AsSpan(0, count));
                next += (ulong)taken;
                if (taken == 0)
                    Thread.Yield();
            }
        });
        producer.Start();

        ulong expected = 0;
        ulong[] received = new ulong[64];
        while (expected < Total)
        {
            int count = ring.Dequeue(received);
            for (int i = 0; i < count; i++)
                Assert.Equal(expected++, received[i]);
            if (count == 0)
                Thread.Yield();
        }

        producer.Join();
        Assert.Equal(0, ring.Count);
    }

    [Fact]
    public void Constructor_NotAPowerOfTwo_IsRefused() => Assert.Throws<ArgumentException>(static () => new SpscRing<int>(48));
}
