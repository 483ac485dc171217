using Natflow.Actors.Dispatch;

namespace Natflow.Testing.Actors;

/// <summary>
/// The thread pool, with a count of outstanding turns: when it is zero no actor of the system has anything to do, so a test can wait
/// for quiet instead of for time.
/// </summary>
/// <param name="id">Name of the dispatcher.</param>
public sealed class TrackingDispatcher(string id) : MessageDispatcher(id, DefaultThroughput)
{
    private readonly object _monitor = new();
    private int _outstanding;

    /// <inheritdoc />
    public override void Schedule(IThreadPoolWorkItem turn, bool yielding)
    {
        lock (_monitor)
            _outstanding++;
        ThreadPool.UnsafeQueueUserWorkItem(new Turn(this, turn), preferLocal: false);
    }

    /// <summary>Blocks until no turn is outstanding.</summary>
    /// <param name="deadline">Real time after which something hangs.</param>
    /// <exception cref="TimeoutException">An actor does not end its turn.</exception>
    public void WaitUntilIdle(TimeSpan deadline)
    {
        long start = TimeProvider.System.GetTimestamp();
        lock (_monitor)
        {
            while (_outstanding > 0)
            {
                TimeSpan rest = deadline - TimeProvider.System.GetElapsedTime(start);
                if (rest <= TimeSpan.Zero || !Monitor.Wait(_monitor, rest))
                    throw new TimeoutException($"actors were still busy after {deadline}");
            }
        }
    }

    private void OnEnd()
    {
        lock (_monitor)
        {
            _outstanding--;
            if (_outstanding == 0) Monitor.PulseAll(_monitor);
        }
    }

    private sealed class Turn(TrackingDispatcher dispatcher, IThreadPoolWorkItem turn) : IThreadPoolWorkItem
    {
        public void Execute()
        {
            try
            {
                turn.Execute();
            }
            finally
            {
                dispatcher.OnEnd();
            }
        }
    }
}
