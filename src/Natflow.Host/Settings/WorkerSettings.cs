namespace Natflow.Host.Settings;

/// <summary><c>natflow.workers</c>.</summary>
public sealed record WorkerSettings
{
    /// <summary>Polling threads, 1 to 64.</summary>
    public required int Count { get; init; }

    /// <summary>CPU of each worker; empty where the kernel places them.</summary>
    public required IReadOnlyList<int> Cpus { get; init; }

    /// <summary>Shards, 1 to 256; never 0: the default is already the number of workers.</summary>
    public required int Shards { get; init; }
}
