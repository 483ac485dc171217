using Natflow.Core;

namespace Natflow.Flows.Pcp;

/// <summary>How mappings are given on request (RFC 6887, RFC 6886).</summary>
public sealed record PcpSettings
{
    /// <summary>Most leases of a shard. 1 to 2^20.</summary>
    public int LeaseCapacity { get; init; } = 16_384;

    /// <summary>Most leases of a subscriber.</summary>
    public int LeasesPerUserMax { get; init; } = 64;

    /// <summary>Shortest lifetime that is given (RFC 6887 section 15: 120 s).</summary>
    public TimeSpan LifetimeMin { get; init; } = TimeSpan.FromSeconds(120);

    /// <summary>Longest lifetime that is given (RFC 6887 section 15: 24 h).</summary>
    public TimeSpan LifetimeMax { get; init; } = TimeSpan.FromHours(24);

    /// <summary>Who may ask for others' mappings (option THIRD_PARTY); nobody by default.</summary>
    public IReadOnlyList<Ipv4Prefix> ThirdPartyRequesters { get; init; } = [];

    /// <summary>Whether NAT-PMP (version 0) is answered.</summary>
    public bool NatPmp { get; init; } = true;

    /// <summary>Whether mappings are given while the public addresses are themselves behind a NAT: they work only where the upstream forwards.</summary>
    public bool AllowBehindNat { get; init; } = true;

    /// <summary>Every way in which the settings contradict themselves; empty when they hold.</summary>
    public IReadOnlyList<string> Validate()
    {
        var errors = new List<string>();
        if (LeaseCapacity is < 1 or > 1 << 20)
            errors.Add($"port control leases: 1 to {1 << 20}, not {LeaseCapacity}");
        if (LeasesPerUserMax is < 1 or > 1024)
            errors.Add($"port control leases per user: 1 to 1024, not {LeasesPerUserMax}");
        if (LifetimeMin < TimeSpan.FromSeconds(1) || LifetimeMax < LifetimeMin || LifetimeMax > TimeSpan.FromDays(365))
            errors.Add("port control lifetimes: 1 s to 365 days, the longest not shorter than the shortest");
        return errors;
    }
}
