using Natflow.Actors;
using Natflow.Gateway.Workers;

namespace Natflow.Gateway.Tests.Workers;

/// <summary>An idle worker sleeps, and a message to one of its actors does not wait for the end of that.</summary>
public sealed class WorkerWaitTests
{
    private const int LongWaitMs = 600_000; // Whoever is not woken is not done by the end of the test.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task Message_ToAnIdleWorker_EndsItsWait()
    {
        ActorSystem system = ActorSystem.Create("wait", new ActorSystemSettings { LogDeadLetters = 0 });
        var slot = new DataActorSlot();
        using var worker = new Worker("idle", [slot], TimeProvider.System, rhythm: new IdleRhythm(Spins: false, LongWaitMs, LongWaitMs));
        IActorRef actor = system.ActorOf(Props.Create(() => new Echo(slot)).WithPolledMailbox(slot.Mailbox), "echo");
        worker.Start();
        long begun = 0;
        for (long round = 1; round <= 3; round++)
        {
            await Until(() => worker.WaitCount > begun);
            begun = worker.WaitCount;
            Assert.Equal(round, await actor.Ask<long>(round, Patience));
        }

        worker.Stop();
        await system.Terminate();
    }

    [Fact]
    public async Task Work_BesideMessages_IsDoneWhenItsBringerWakesTheWorker()
    {
        ActorSystem system = ActorSystem.Create("wait", new ActorSystemSettings { LogDeadLetters = 0 });
        var slot = new DataActorSlot();
        var work = new Work();
        using var worker = new Worker("idle", [slot], TimeProvider.System, rhythm: new IdleRhythm(Spins: false, LongWaitMs, LongWaitMs));
        _ = system.ActorOf(Props.Create(() => new Labourer(slot, work)).WithPolledMailbox(slot.Mailbox), "labourer");
        worker.Start();
        await Until(() => worker.WaitCount > 0);
        for (long round = 1; round <= 1000; round++)
        {
            Volatile.Write(ref work.Brought, round);
            worker.Wake();
            await Until(() => Volatile.Read(ref work.Done) == round);
        }

        worker.Stop();
        await system.Terminate();
    }

    [Fact]
    public async Task Stop_OfAnIdleWorker_EndsItsWait()
    {
        var worker = new Worker("idle", [], TimeProvider.System, rhythm: new IdleRhythm(Spins: false, LongWaitMs, LongWaitMs));
        worker.Start();
        await Until(() => worker.WaitCount > 0);
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

    private sealed class Work
    {
        internal long Brought;
        internal long Done;
    }

    private sealed class Labourer(DataActorSlot slot, Work work) : DataActor(slot)
    {
        protected internal override bool HasInput => Volatile.Read(ref work.Brought) != work.Done;

        protected internal override bool Poll(long nowMs)
        {
            bool has = HasInput;
            Volatile.Write(ref work.Done, Volatile.Read(ref work.Brought));
            return has;
        }
    }
}
