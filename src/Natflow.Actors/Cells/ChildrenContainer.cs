namespace Natflow.Actors.Cells;

/// <summary>Children of an actor by name. Written by the parent, and for the guardians by whoever makes an actor: hence the lock.</summary>
internal sealed class ChildrenContainer
{
    private readonly Lock _lock = new();
    private Dictionary<string, ChildRestartStats>? _byName; // Most actors have none.
    private int _dyingCount;
    private bool _isClosed;

    internal bool IsEmpty
    {
        get
        {
            lock (_lock)
                return _byName is not { Count: > 0 };
        }
    }

    /// <summary>Whether a child that was told to stop has not gone yet.</summary>
    internal bool HasDying
    {
        get
        {
            lock (_lock)
                return _dyingCount > 0;
        }
    }

    /// <summary>Takes a child.</summary>
    /// <exception cref="InvalidActorNameException">The name is taken.</exception>
    /// <exception cref="InvalidOperationException">The parent is terminating.</exception>
    internal void Add(InternalActorRef child)
    {
        lock (_lock)
        {
            if (_isClosed) throw new InvalidOperationException($"{child.Path.Parent} is terminating and takes no children");
            _byName ??= new Dictionary<string, ChildRestartStats>(StringComparer.Ordinal);
            if (!_byName.TryAdd(child.Path.Name, new ChildRestartStats(child)))
                throw new InvalidActorNameException($"{child.Path} is taken");
        }
    }

    /// <summary>The child has gone; its name is free.</summary>
    /// <returns>False if it is no child.</returns>
    internal bool Remove(InternalActorRef child)
    {
        lock (_lock)
        {
            if (Find(child) is not { } stats) return false;
            if (stats.IsDying) _dyingCount--;
            return _byName!.Remove(child.Path.Name);
        }
    }

    /// <summary>The child was told to stop. Nothing happens if it is no child.</summary>
    internal void MarkDying(InternalActorRef child)
    {
        lock (_lock)
        {
            if (Find(child) is not { IsDying: false } stats) return;
            stats.IsDying = true;
            _dyingCount++;
        }
    }

    internal ChildRestartStats? StatsOf(InternalActorRef child)
    {
        lock (_lock)
            return Find(child);
    }

    internal IActorRef? ByName(string name)
    {
        lock (_lock)
            return _byName is not null && _byName.TryGetValue(name, out ChildRestartStats? stats) ? stats.Child : null;
    }

    /// <summary>A copy.</summary>
    internal ChildRestartStats[] Stats()
    {
        lock (_lock)
            return _byName is null ? [] : [.. _byName.Values];
    }

    /// <summary>No child is taken any more.</summary>
    internal void Close()
    {
        lock (_lock)
            _isClosed = true;
    }

    private ChildRestartStats? Find(InternalActorRef child) =>
        _byName is not null && _byName.TryGetValue(child.Path.Name, out ChildRestartStats? stats) && ReferenceEquals(stats.Child, child)
            ? stats
            : null;
}
