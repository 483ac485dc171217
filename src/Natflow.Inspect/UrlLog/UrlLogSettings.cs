using Natflow.Inspect.Domains;

namespace Natflow.Inspect.UrlLog;

/// <summary>Sizes and rules of a URL log. All memory is reserved by them at start.</summary>
public sealed record UrlLogSettings
{
    /// <summary>Records that wait; a new one is refused when as many wait.</summary>
    public int Capacity { get; init; } = 1 << 14;

    /// <summary>Bytes of text that wait.</summary>
    public int TextBytes { get; init; } = 4 << 20;

    /// <summary>Seconds in which equal visits are one record, and which a record waits before it can be read.</summary>
    public int WindowSeconds { get; init; } = 10;

    /// <summary>Which addresses a record holds.</summary>
    public UrlTuple Tuple { get; init; }

    /// <summary>What a name may hold; the original's rules refuse underscores.</summary>
    public HostNameRules NameRules { get; init; } = HostNameRules.Strict;
}
