namespace Natflow.Host.Lab.Cluster;

/// <summary>What lab of several gateways to build.</summary>
/// <param name="Name">Name of the lab.</param>
/// <param name="Nodes">Gateways, 2 or 3.</param>
public sealed record ClusterLabOptions(string Name, int Nodes)
{
    /// <summary>How the gateways reach their interfaces.</summary>
    public LabMode Mode { get; init; } = LabMode.Auto;

    /// <summary>How far the first gateway's monotonic clock is ahead of the others', s; above 0 it runs in a time namespace, which an engine in the kernel knows nothing of.</summary>
    public int ClockAheadSeconds { get; init; }

    /// <summary>Shards of the cluster.</summary>
    public int Shards { get; init; } = 4;

    /// <summary>Whether the servers of X and Y are started.</summary>
    public bool HasServers { get; init; } = true;

    /// <summary>Whether a PostgreSQL is started that keeps the journals of all gateways; else each keeps its own in a file.</summary>
    public bool HasDatabase { get; init; }

    /// <summary>HOCON that is put after the configuration of each gateway: it wins.</summary>
    public string ExtraConfig { get; init; } = string.Empty;
}
