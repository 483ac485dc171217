namespace Natflow.Inspect.UrlLog;

/// <summary>What became of observations. Written by the log's owner.</summary>
public sealed class UrlLogCounters
{
    /// <summary>Records begun.</summary>
    public ulong Added { get; internal set; }

    /// <summary>Visits merged into a waiting record.</summary>
    public ulong Merged { get; internal set; }

    /// <summary>Records read.</summary>
    public ulong Taken { get; internal set; }

    /// <summary>Visits without a name, or whose name is none.</summary>
    public ulong NamesRefused { get; internal set; }

    /// <summary>Requests whose target holds a control byte.</summary>
    public ulong TargetsRefused { get; internal set; }

    /// <summary>Visits whose host and URI are longer than 2047 bytes.</summary>
    public ulong TooLong { get; internal set; }

    /// <summary>Visits for which there was no room.</summary>
    public ulong Full { get; internal set; }
}
