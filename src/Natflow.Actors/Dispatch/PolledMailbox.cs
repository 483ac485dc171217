namespace Natflow.Actors.Dispatch;

/// <summary>
/// Bounded mailbox of a data actor whose messages are handled on a polling thread of someone else (a worker), between two bursts. The
/// actor has an ordinary reference, parent and life: only its turns wait until the worker calls <see cref="Drain"/>.
/// </summary>
/// <remarks>
/// <para>Senders never block; what does not fit is counted in <see cref="RefusedCount"/> and becomes a dead letter.</para>
/// <para>
/// Constructor, <c>PreStart</c>, handlers, restart and <c>PostStop</c> all run inside <see cref="Drain"/>. An exception in a handler
/// does not leave it: the actor is suspended and its parent decides, as for any actor; <see cref="Drain"/> goes on to return 0 until
/// the decision has arrived.
/// </para>
/// <para>Once the worker has ended it must call <see cref="HandOver"/>, so that the actor can still be stopped.</para>
/// </remarks>
public sealed class PolledMailbox
{
    private readonly Turns _turns = new();
    private Mailbox? _mailbox;

    /// <summary>Makes a mailbox for one actor, given by <see cref="Props.WithPolledMailbox"/>.</summary>
    /// <param name="capacity">User messages that may wait, 1 or more. Timers and <see cref="Terminated"/> do not count.</param>
    public PolledMailbox(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        Capacity = capacity;
    }

    /// <summary>User messages that may wait.</summary>
    public int Capacity { get; }

    /// <summary>Nothing to do. One volatile read; any thread, exact on the worker.</summary>
    public bool IsEmpty => _turns.IsEmpty;

    /// <summary>Messages refused because the mailbox was full. Any thread.</summary>
    public long RefusedCount => _mailbox?.RefusedCount ?? 0;

    /// <summary>Called when the mailbox is empty no more, on the sender's thread; must not block. Null calls nobody: the worker looks by itself. Set before the actor is made.</summary>
    public Action? Waker
    {
        get => _turns.Waker;
        set => _turns.Waker = value;
    }

    internal MessageDispatcher Dispatcher => _turns;

    /// <summary>Worker thread: handles what waits. Allocates nothing itself, and is one volatile read if nothing waits.</summary>
    /// <param name="max">User messages to handle at most, 1 or more. Messages of the kernel come on top; they are few.</param>
    /// <returns>User messages handled.</returns>
    public int Drain(int max) => _turns.IsEmpty ? 0 : _turns.Take()?.Run(max) ?? 0;

    /// <summary>The worker has ended, or will not call <see cref="Drain"/> again: from now on the thread pool does it. Idempotent.</summary>
    public void HandOver() => _turns.HandOver();

    internal void Bind(Mailbox mailbox)
    {
        if (Interlocked.CompareExchange(ref _mailbox, mailbox, comparand: null) is not null)
            throw new InvalidOperationException("a polled mailbox serves one actor");
    }

    private sealed class Turns() : MessageDispatcher("polled", DefaultThroughput)
    {
        private Mailbox? _pending; // At most one turn is outstanding.
        private bool _handedOver;

        internal Action? Waker { get; set; }

        internal bool IsEmpty => Volatile.Read(ref _pending) is null;

        public override void Schedule(IThreadPoolWorkItem turn, bool yielding)
        {
            Interlocked.Exchange(ref _pending, (Mailbox)turn);
            if (Volatile.Read(ref _handedOver)) RunOnPool();
            else Waker?.Invoke();
        }

        internal Mailbox? Take() => Interlocked.Exchange(ref _pending, null);

        internal void HandOver()
        {
            Volatile.Write(ref _handedOver, true);
            Interlocked.MemoryBarrier();
            RunOnPool();
        }

        private void RunOnPool()
        {
            if (Take() is { } mailbox) ThreadPool.UnsafeQueueUserWorkItem(mailbox, preferLocal: false);
        }
    }
}
