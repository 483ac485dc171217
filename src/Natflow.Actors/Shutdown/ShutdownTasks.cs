namespace Natflow.Actors;

/// <summary>Something to do in a phase.</summary>
internal sealed record ShutdownTask(string Name, Func<CancellationToken, Task> Run);

/// <summary>The tasks of one phase, until it begins.</summary>
internal sealed class ShutdownTasks
{
    private readonly Lock _lock = new();
    private readonly List<ShutdownTask> _tasks = [];
    private bool _isClosed;

    internal void Add(string name, Func<CancellationToken, Task> task)
    {
        lock (_lock)
        {
            if (!_isClosed) _tasks.Add(new ShutdownTask(name, task));
        }
    }

    /// <summary>The phase begins, or is passed over.</summary>
    /// <returns>What to do.</returns>
    internal IReadOnlyList<ShutdownTask> Close()
    {
        lock (_lock)
        {
            _isClosed = true;
            return _tasks;
        }
    }
}
