using Natflow.Core;

namespace Natflow.Host.Replay;

/// <summary>What the operator asked of a replay.</summary>
public sealed record ReplayOptions
{
    /// <summary>Captures, in order.</summary>
    public required IReadOnlyList<string> Captures { get; init; }

    /// <summary>The subscribers' networks; empty: who begins a conversation is the subscriber.</summary>
    public IReadOnlyList<Ipv4Prefix> LanPrefixes { get; init; } = [];

    /// <summary>Public addresses, host byte order.</summary>
    public IReadOnlyList<uint> PublicAddresses { get; init; } = DefaultPublicAddresses;

    /// <summary>External ports that always lead to one inside endpoint.</summary>
    public IReadOnlyList<Flows.PortForward> PortForwards { get; init; } = [];

    /// <summary>Only classify; translate nothing.</summary>
    public bool Observe { get; init; }

    /// <summary>Capture to write, or null.</summary>
    public string? OutputPath { get; init; }

    /// <summary>File for a row an observation, or null.</summary>
    public string? UrlLogPath { get; init; }

    /// <summary>File for a row a flow, or null.</summary>
    public string? AppsPath { get; init; }

    /// <summary>203.0.113.1 to .64 (TEST-NET-3, RFC 5737): room for 32,000 subscribers.</summary>
    public static IReadOnlyList<uint> DefaultPublicAddresses { get; } = [.. Enumerable.Range(1, 64).Select(static host => 0xCB007100 + (uint)host)];
}
