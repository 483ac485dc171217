namespace Natflow.Netlink;

/// <summary>What became of a wish to resolve a neighbour.</summary>
public enum AskResult : byte
{
    /// <summary>The kernel will be asked at once; the answer comes as a change of the model.</summary>
    Asked = 0,

    /// <summary>It was asked for this neighbour a moment ago.</summary>
    AskedLately = 1,

    /// <summary>Too many neighbours are being asked for: somebody scans.</summary>
    RateLimited = 2,

    /// <summary>The kernel is slower than the questions, or the resolver is closed.</summary>
    Busy = 3,
}
