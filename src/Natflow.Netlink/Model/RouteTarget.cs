using System.Collections.Immutable;

namespace Natflow.Netlink.Model;

/// <summary>What routes to many prefixes have in common; a full table has a million prefixes and a few of these.</summary>
public sealed class RouteTarget : IEquatable<RouteTarget>
{
    private readonly int _hash;

    /// <summary>Makes a target.</summary>
    /// <param name="kind">What the route does.</param>
    /// <param name="isLocalTable">Whether it stands in the table <c>local</c>, which the kernel asks before <c>main</c>.</param>
    /// <param name="metric">Lower wins; host order.</param>
    /// <param name="protocol">Who made it (RTPROT_*): 2 kernel, 3 boot, 4 static, 16 DHCP, 186 BGP, …</param>
    /// <param name="scope">RT_SCOPE_*.</param>
    /// <param name="preferredSource">Source address for the box's own packets; none if not set.</param>
    /// <param name="mtuBytes">MTU set on the route (RTAX_MTU); 0 if not set.</param>
    /// <param name="nextHops">The ways out; empty for a kind that forwards nothing.</param>
    public RouteTarget(
        RouteKind kind,
        bool isLocalTable,
        uint metric,
        byte protocol,
        byte scope,
        IpAddress preferredSource,
        int mtuBytes,
        ImmutableArray<NextHop> nextHops)
    {
        Kind = kind;
        IsLocalTable = isLocalTable;
        Metric = metric;
        Protocol = protocol;
        Scope = scope;
        PreferredSource = preferredSource;
        MtuBytes = mtuBytes;
        NextHops = nextHops;
        _hash = ComputeHash();
    }

    /// <summary>What the route does.</summary>
    public RouteKind Kind { get; }

    /// <summary>Whether it stands in the table <c>local</c>.</summary>
    public bool IsLocalTable { get; }

    /// <summary>Lower wins.</summary>
    public uint Metric { get; }

    /// <summary>Who made it (RTPROT_*).</summary>
    public byte Protocol { get; }

    /// <summary>RT_SCOPE_*.</summary>
    public byte Scope { get; }

    /// <summary>Source address for the box's own packets; none if not set.</summary>
    public IpAddress PreferredSource { get; }

    /// <summary>MTU set on the route; 0 if not set.</summary>
    public int MtuBytes { get; }

    /// <summary>The ways out, in the kernel's order.</summary>
    public ImmutableArray<NextHop> NextHops { get; }

    /// <summary>The same target with other next hops.</summary>
    public RouteTarget With(ImmutableArray<NextHop> nextHops) =>
        new(Kind, IsLocalTable, Metric, Protocol, Scope, PreferredSource, MtuBytes, nextHops);

    /// <inheritdoc />
    public bool Equals(RouteTarget? other) =>
        other is not null
        && (ReferenceEquals(this, other)
            || (_hash == other._hash
                && EqualsButNextHops(other)
                && NextHops.AsSpan().SequenceEqual(other.NextHops.AsSpan())));

    /// <inheritdoc />
    public override bool Equals(object? obj) => Equals(obj as RouteTarget);

    /// <inheritdoc />
    public override int GetHashCode() => _hash;

    /// <summary>Whether all is equal but the next hops.</summary>
    internal bool EqualsButNextHops(RouteTarget other) =>
        Kind == other.Kind
        && IsLocalTable == other.IsLocalTable
        && Metric == other.Metric
        && Protocol == other.Protocol
        && Scope == other.Scope
        && PreferredSource == other.PreferredSource
        && MtuBytes == other.MtuBytes;

    private int ComputeHash()
    {
        var hash = new HashCode();
        hash.Add(Kind);
        hash.Add(IsLocalTable);
        hash.Add(Metric);
        hash.Add(Protocol);
        hash.Add(Scope);
        hash.Add(PreferredSource);
        hash.Add(MtuBytes);
        foreach (NextHop hop in NextHops)
            hash.Add(hop);
        return hash.ToHashCode();
    }
}
