using Natflow.Memory;

namespace Natflow.Gateway.Workers;

/// <summary>A thread that polls a fixed list of data actors: burst in, process, burst out. One a core; pinned where a core is named.</summary>
public sealed class Worker : IDisposable
{
    private readonly IReadOnlyList<DataActorSlot> _slots;
    private readonly TimeProvider _clock;
    private readonly int? _cpu;
    private readonly IdleRhythm _rhythm;
    private readonly WorkerWait _wait;
    private readonly Thread _thread;
    private volatile bool _stopping;
    private bool _started;

    /// <summary>Makes a worker that does not run yet.</summary>
    /// <param name="name">Name of the thread.</param>
    /// <param name="slots">Polled in this order.</param>
    /// <param name="clock">Read once a turn.</param>
    /// <param name="cpu">Core to stay on, or null.</param>
    /// <param name="waitDescriptors">Of its ports: what it waits on when idle, beside messages to its actors; null or none lets it sleep by the clock.</param>
    /// <param name="rhythm">How it waits when idle; null for <see cref="IdleRhythm.Looking"/>.</param>
    public Worker(string name, IReadOnlyList<DataActorSlot> slots, TimeProvider clock, int? cpu = null, IReadOnlyList<int>? waitDescriptors = null, IdleRhythm? rhythm = null)
    {
        _slots = slots;
        _clock = clock;
        _cpu = cpu;
        _rhythm = rhythm ?? IdleRhythm.Looking;
        _wait = new WorkerWait(waitDescriptors ?? [], HasInput);
        foreach (DataActorSlot slot in slots)
            slot.Mailbox.Waker = _wait.Wake;
        _thread = new Thread(Run) { Name = name, IsBackground = true };
    }

    /// <summary>Whether the thread runs on the core that was asked for; true where none was.</summary>
    public bool IsPinned { get; private set; } = true;

    /// <summary>Waits for packets and messages that have begun so far. Any thread.</summary>
    internal long WaitCount => _wait.WaitCount;

    /// <summary>Starts the thread.</summary>
    public void Start()
    {
        _started = true;
        _thread.Start();
    }

    /// <summary>Ends polling and joins the thread; the actors' mailboxes go to the thread pool, so that they can still be stopped.</summary>
    public void Stop()
    {
        if (_stopping)
            return;
        _stopping = true;
        _wait.Wake();
        if (_started)
            _thread.Join();
        foreach (DataActorSlot slot in _slots)
            slot.Mailbox.HandOver();
    }

    /// <summary>Ends a wait, if there is one. Any thread, after what the worker is to see has been put.</summary>
    public void Wake() => _wait.Wake();

    /// <inheritdoc />
    public void Dispose()
    {
        Stop();
        _wait.Dispose();
    }

    /// <summary>A clock's time in milliseconds, as shards want it.</summary>
    public static long NowMs(TimeProvider clock) => (long)((Int128)clock.GetTimestamp() * 1000 / clock.TimestampFrequency);

    private void Run()
    {
        if (_cpu is { } cpu)
            IsPinned = ThreadAffinity.TryPin(cpu);

        var backoff = new IdleBackoff(_wait, _rhythm);
        while (!_stopping)
        {
            if (Turn())
                backoff.Reset();
            else
                backoff.Idle();
        }
    }

    // Or the end, which is none of an actor's.
    private bool HasInput()
    {
        bool has = _stopping;
        for (int i = 0; i < _slots.Count; i++)
            has |= _slots[i].HasInput;
        return has;
    }

    /// <summary>Polls each actor once. The worker's thread, or another while the worker does not run.</summary>
    /// <returns>True when there was anything to do.</returns>
    internal bool Turn()
    {
        long nowMs = NowMs(_clock);
        bool busy = false;
        for (int i = 0; i < _slots.Count; i++)
            busy |= _slots[i].Turn(nowMs);
        return busy;
    }
}
