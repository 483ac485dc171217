using Natflow.Cluster.Ownership;

namespace Natflow.Cluster.Tests.Ownership;

/// <summary>A node of the simulation, with a clock of its own.</summary>
internal sealed class SimNode(string id, int index, ClusterKeys keys, int shards, long skewMs, double speed)
{
    private readonly List<Action> _missed = [];

    internal string Id { get; } = id;

    internal int Index { get; } = index;

    internal NodeCore Core { get; } = new(id, shards);

    internal ClusterView View { get; } = new(keys, shards);

    internal long Lease { get; set; }

    internal bool HasLease => Lease != 0;

    internal bool IsCutOff { get; set; }

    internal bool IsPaused { get; set; }

    internal bool IsKilled { get; set; }

    /// <summary>Its monotonic clock.</summary>
    internal long Clock(long nowMs) => (long)(nowMs * speed) + skewMs;

    /// <summary>Does something now, or when it runs again.</summary>
    internal void Do(Action action)
    {
        if (IsPaused)
            _missed.Add(action);
        else
            action();
    }

    internal void Resume()
    {
        IsPaused = false;
        foreach (Action action in _missed)
            action();
        _missed.Clear();
    }
}
