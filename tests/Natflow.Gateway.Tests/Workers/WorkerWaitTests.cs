using Natflow.Actors;
using Natflow.Gateway.Workers;

namespace Natflow.Gateway.Tests.Workers;

/// <summary>An idle worker sleeps, and a message to one of its actors does not wait for the end of that.</summary>
public sealed class WorkerWaitTests
{
    private const int LongWaitMs = 600_000; // Whoever is not woken is not done by the end of the test.
    private const int ShortWaits = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Message_ToAnIdleWorker_EndsItsWait()
    {
        ActorSystem system = ActorSystem.Create("wait", new ActorSystemSettings { LogDeadLetters = 0 });
        var slot = new DataActorSlot();
        using var worker = new Worker("idle", [slot], TimeProvider.System, longWaitMs: LongWaitMs);
        IActorRef actor = system.ActorOf(Props.Create(() => new Echo(slot)).WithPolledMailbox(slot.Mailbox), "echo");
        worker.Start();
        long begun = 0;
        for (long round = 1; round <= 3; round++)
        {
            // Counted from before the worker was woken: it may be half way to its next long wait when the answer is seen here.
            long asleep = begun + ShortWaits + 1;
            await Until(() => worker.WaitCount >= asleep);
            begun = worker.WaitCount;
            Assert.Equal(round, await actor.Ask<long>(round, Patience));
        }

        worker.Stop();
        await system.Terminate();
    }

    [Fact]
    public async Task Stop_OfAnIdleWorker_EndsItsWait()
    {
        var worker = new Worker("idle", [], TimeProvider.System, longWaitMs: LongWaitMs);
        worker.Start();
        await Until(() => worker.WaitCount > ShortWaits);
        await Task.Run(worker.Dispose).WaitAsync(Patience);
    }

    [Fact]
    public void WaitOne_MessageThatCameBefore_DoesNotWait()
    {
        using var wait = new WorkerWait([], static () => true);
        Assert.True(wait.WaitOne(LongWaitMs));
        using var none = new WorkerWait([], static () => false);
        none.Wake(); // Nobody waits: the next wait is not cut short, or an idle worker would spin.
        Assert.False(none.WaitOne(0));
    }

    private static async Task Until(Func<bool> isSo)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!isSo())
        {
            patience.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }

    private sealed class Echo : DataActor
    {
        public Echo(DataActorSlot slot)
            : base(slot) => Receive<long>(number => Sender.Tell(number));

        protected internal override bool Poll(long nowMs) => false;
    }
}
