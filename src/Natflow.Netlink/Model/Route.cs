using System.Collections.Immutable;

namespace Natflow.Netlink.Model;

/// <summary>A route: where packets to a prefix go. Immutable.</summary>
/// <param name="destination">The prefix.</param>
/// <param name="target">What to do.</param>
/// <param name="alternate">The route to the same prefix that would win without this one; null for none.</param>
public sealed class Route(IpPrefix destination, RouteTarget target, Route? alternate)
{
    /// <summary>The prefix.</summary>
    public IpPrefix Destination { get; } = destination;

    /// <summary>What to do; shared between routes.</summary>
    public RouteTarget Target { get; } = target;

    /// <summary>The route to the same prefix that would win without this one (higher metric, or another table); null for none.</summary>
    public Route? Alternate { get; } = alternate;

    /// <inheritdoc cref="RouteTarget.Kind" />
    public RouteKind Kind => Target.Kind;

    /// <inheritdoc cref="RouteTarget.Metric" />
    public uint Metric => Target.Metric;

    /// <inheritdoc cref="RouteTarget.NextHops" />
    public ImmutableArray<NextHop> NextHops => Target.NextHops;

    /// <inheritdoc />
    public override string ToString() => $"{Destination} {Kind} metric {Metric} over {NextHops.Length} next hops";

    /// <summary>Whether both chains of routes to a prefix say the same.</summary>
    internal static bool AreEqual(Route? left, Route? right)
    {
        for (; left is not null && right is not null; left = left.Alternate, right = right.Alternate)
        {
            if (ReferenceEquals(left, right)) return true;
            if (!left.Target.Equals(right.Target)) return false;
        }

        return left is null && right is null;
    }
}
