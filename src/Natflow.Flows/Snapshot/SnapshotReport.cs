namespace Natflow.Flows.Snapshot;

/// <summary>What became of a snapshot.</summary>
public sealed class SnapshotReport
{
    private readonly long[] _refused = new long[(int)SnapshotRefusal.Invalid + 1];

    /// <summary>Time between the writing and the taking up, ms.</summary>
    public long AwayMs { get; init; }

    /// <summary>Subscribers taken up.</summary>
    public long UserCount { get; internal set; }

    /// <summary>Port blocks taken up: leased, and on hold.</summary>
    public long BlockCount { get; internal set; }

    /// <summary>Flows of IPv4 taken up.</summary>
    public long FlowCount { get; internal set; }

    /// <summary>Flows of IPv6 taken up.</summary>
    public long Ipv6FlowCount { get; internal set; }

    /// <summary>Leases of port control taken up.</summary>
    public long LeaseCount { get; internal set; }

    /// <summary>Records not taken up, all reasons together.</summary>
    public long RefusedCount => _refused.Sum();

    /// <summary>Records not taken up for a reason.</summary>
    public long Refused(SnapshotRefusal reason) => _refused[(int)reason];

    /// <summary>The reasons that occurred, with their numbers, in words for the log; empty when there are none.</summary>
    public string RefusedText() => string.Join(", ", Enum.GetValues<SnapshotRefusal>()
        .Where(reason => Refused(reason) != 0)
        .Select(reason => $"{Refused(reason)} {Words(reason)}"));

    internal void Refuse(SnapshotRefusal reason, int count = 1) => _refused[(int)reason] += count;

    private static string Words(SnapshotRefusal reason) => reason switch
    {
        SnapshotRefusal.Expired => "expired meanwhile",
        SnapshotRefusal.OtherShard => "of another shard now",
        SnapshotRefusal.NotConfigured => "not in the configuration any more",
        SnapshotRefusal.Taken => "whose port is taken",
        SnapshotRefusal.Limit => "over a limit",
        _ => "invalid",
    };
}
