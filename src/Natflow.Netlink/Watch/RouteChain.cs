using Natflow.Netlink.Model;

namespace Natflow.Netlink.Watch;

/// <summary>
/// The routes to one prefix in the kernel's order: table local, then the lower metric, then by age. Follows how the kernel's FIBs of IPv4
/// and IPv6 treat additions; a notification that is applied twice, or after a dump that holds its effect already, changes nothing.
/// </summary>
internal static class RouteChain
{
    /// <summary>Adds a route.</summary>
    /// <param name="prefix">The prefix.</param>
    /// <param name="chain">The routes to it so far; null for none.</param>
    /// <param name="target">The new route's.</param>
    /// <param name="manner">How it was added.</param>
    /// <returns>The routes now.</returns>
    internal static Route Add(IpPrefix prefix, Route? chain, RouteTarget target, AddManner manner)
    {
        if (chain is null) return new Route(prefix, target, null);
        List<RouteTarget> targets = ToList(chain);
        if (prefix.Network.IsIpv6) AddIpv6(targets, target, manner);
        else AddIpv4(targets, target, manner);
        return ToChain(prefix, targets)!;
    }

    /// <summary>Removes a route.</summary>
    /// <returns>The routes that are left; null for none.</returns>
    internal static Route? Remove(IpPrefix prefix, Route? chain, RouteTarget target)
    {
        if (chain is null) return null;
        List<RouteTarget> targets = ToList(chain);
        int index = targets.IndexOf(target);
        if (index >= 0) targets.RemoveAt(index);
        else if (prefix.Network.IsIpv6) RemoveNextHops(targets, target);
        return ToChain(prefix, targets);
    }

    private static void AddIpv4(List<RouteTarget> targets, RouteTarget target, AddManner manner)
    {
        int equal = targets.IndexOf(target);
        (int first, int end) = Slot(targets, target);
        if (manner == AddManner.Replace && first < end)
        {
            if (equal >= 0 && equal != first) targets.RemoveAt(equal);
            targets[first] = target;
        }
        else if (equal < 0)
        {
            targets.Insert(manner == AddManner.Append ? end : first, target);
        }
    }

    // IPv6 tells a route with all its next hops whenever one is added, and device routes to one prefix stand side by side. So a route
    // that shares a next hop with the new one is its former self.
    private static void AddIpv6(List<RouteTarget> targets, RouteTarget target, AddManner manner)
    {
        (int first, int end) = Slot(targets, target);
        bool isPlaced = false;
        for (int i = end - 1; i >= first; i--)
        {
            bool isFormerSelf = ShareNextHop(targets[i], target) || (manner == AddManner.Replace && i == first && !isPlaced);
            if (!isFormerSelf) continue;
            if (isPlaced) targets.RemoveAt(i + 1);
            targets[i] = target;
            isPlaced = true;
        }

        if (!isPlaced) targets.Insert(end, target);
    }

    private static bool ShareNextHop(RouteTarget left, RouteTarget right)
    {
        if (left.NextHops.IsEmpty || right.NextHops.IsEmpty) return left.NextHops.IsEmpty && right.NextHops.IsEmpty;
        foreach (NextHop hop in left.NextHops)
        {
            if (Contains(right, hop)) return true;
        }

        return false;
    }

    // The kernel tells the next hop that went, not what is left of a route with several.
    private static void RemoveNextHops(List<RouteTarget> targets, RouteTarget gone)
    {
        (int first, int end) = Slot(targets, gone);
        for (int i = first; i < end; i++)
        {
            if (!ShareNextHop(targets[i], gone)) continue;
            RouteTarget left = targets[i].With(targets[i].NextHops.RemoveAll(hop => Contains(gone, hop)));
            if (left.NextHops.IsEmpty) targets.RemoveAt(i);
            else targets[i] = left;
            return;
        }
    }

    private static bool Contains(RouteTarget target, NextHop hop)
    {
        foreach (NextHop other in target.NextHops)
        {
            if (other.LinkIndex == hop.LinkIndex && other.Gateway == hop.Gateway) return true;
        }

        return false;
    }

    /// <summary>The routes of the same table and metric; empty, where such a route would stand.</summary>
    private static (int First, int End) Slot(List<RouteTarget> targets, RouteTarget target)
    {
        int first = 0;
        while (first < targets.Count && Compare(targets[first], target) < 0)
            first++;
        int end = first;
        while (end < targets.Count && Compare(targets[end], target) == 0)
            end++;
        return (first, end);
    }

    private static int Compare(RouteTarget left, RouteTarget right) => left.IsLocalTable != right.IsLocalTable
        ? right.IsLocalTable.CompareTo(left.IsLocalTable)
        : left.Metric.CompareTo(right.Metric);

    private static List<RouteTarget> ToList(Route? chain)
    {
        var targets = new List<RouteTarget>(2);
        for (; chain is not null; chain = chain.Alternate)
            targets.Add(chain.Target);
        return targets;
    }

    private static Route? ToChain(IpPrefix prefix, List<RouteTarget> targets)
    {
        Route? chain = null;
        for (int i = targets.Count - 1; i >= 0; i--)
            chain = new Route(prefix, targets[i], chain);
        return chain;
    }
}
