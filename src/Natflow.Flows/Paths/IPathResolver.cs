namespace Natflow.Flows.Paths;

/// <summary>
/// Finds the way to an address for a shard's slow path: once a flow or subscriber, and again after a change. Answers with an index of the shard's
/// <see cref="PathTable"/>; a way whose next hop is not resolved yet is an answer too.
/// </summary>
/// <remarks>Owner thread of the shard. Never blocks.</remarks>
public interface IPathResolver
{
    /// <summary>The way to an address outside.</summary>
    /// <param name="address">IPv6, or IPv4 mapped into it, host byte order.</param>
    /// <returns>The path, or <see cref="PathTable.None"/> where no route leads there.</returns>
    ushort Outside(UInt128 address);

    /// <summary>The way to a subscriber.</summary>
    /// <param name="address">IPv6, or IPv4 mapped into it, host byte order.</param>
    /// <param name="zone">The subscriber's zone.</param>
    /// <returns>The path, or <see cref="PathTable.None"/> where no route leads there.</returns>
    ushort Inside(UInt128 address, ushort zone);

    /// <summary>Whether an address is one of the box's own; false where frames keep their link header.</summary>
    /// <param name="address">IPv6, or IPv4 mapped into it, host byte order.</param>
    bool IsLocal(UInt128 address);

    /// <summary>Whether traffic between subscribers' networks is routed by ways of this resolver; false leaves it to the host.</summary>
    bool RoutesInside { get; }

    /// <summary>Asks for the link address of a pending way's next hop. The answer changes the way later.</summary>
    /// <param name="pathIndex">The way.</param>
    void Ask(ushort pathIndex);
}
