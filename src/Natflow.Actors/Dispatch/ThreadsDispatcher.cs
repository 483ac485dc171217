namespace Natflow.Actors.Dispatch;

/// <summary>Turns run on a fixed number of threads of its own, for actors that block (contract M6). The threads start with the first actor.</summary>
/// <remarks>They are background threads and live as long as the system or, for <see cref="PinnedDispatcher"/>, the actor.</remarks>
public class ThreadsDispatcher : MessageDispatcher
{
    private readonly object _monitor = new();
    private readonly Queue<IThreadPoolWorkItem> _turns = new();
    private readonly int _threadCount;
    private bool _started;
    private bool _ended;

    /// <summary>Makes a dispatcher whose threads are not started yet.</summary>
    /// <param name="id">Name of the dispatcher and prefix of its threads' names.</param>
    /// <param name="threadCount">1 or more.</param>
    /// <param name="throughput">Messages of a turn.</param>
    public ThreadsDispatcher(string id, int threadCount, int throughput = DefaultThroughput)
        : base(id, throughput)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threadCount, 1);
        _threadCount = threadCount;
    }

    /// <inheritdoc />
    public override void Schedule(IThreadPoolWorkItem turn, bool yielding)
    {
        lock (_monitor)
        {
            if (!_ended)
            {
                _turns.Enqueue(turn);
                Monitor.Pulse(_monitor);
                return;
            }
        }

        ThreadPool.UnsafeQueueUserWorkItem(turn, preferLocal: false); // What is left is to clear a dead mailbox.
    }

    /// <inheritdoc />
    protected internal override void Attach(IActorRef actor)
    {
        lock (_monitor)
        {
            if (_started) return;
            _started = true;
        }

        for (int i = 0; i < _threadCount; i++)
            new Thread(Run) { IsBackground = true, Name = $"{Id}-{i}" }.Start();
    }

    /// <inheritdoc />
    protected internal override void Shutdown()
    {
        lock (_monitor)
        {
            _ended = true;
            Monitor.PulseAll(_monitor);
        }
    }

    private void Run()
    {
        while (Take() is { } turn)
            turn.Execute();
    }

    private IThreadPoolWorkItem? Take()
    {
        lock (_monitor)
        {
            while (_turns.Count == 0 && !_ended)
                Monitor.Wait(_monitor);
            return _turns.TryDequeue(out IThreadPoolWorkItem? turn) ? turn : null;
        }
    }
}
