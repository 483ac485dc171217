namespace Natflow.Netlink.Model;

/// <summary>Exactly what differs between a model and its predecessor; each subject at most once.</summary>
/// <param name="IsFirst">Whether there was no predecessor: everything is new.</param>
/// <param name="IsResync">
/// Whether tables were read anew because notifications were lost or the kernel sends none for what happened. The lists are exact all the same.
/// </param>
/// <param name="Links">Links.</param>
/// <param name="Addresses">Addresses of the box.</param>
/// <param name="Routes">Prefixes whose best route changed.</param>
/// <param name="Neighbours">Neighbours whose MAC address changed, that failed, or that went stale. Other changes of state are not told.</param>
public sealed record NetworkChange(
    bool IsFirst,
    bool IsResync,
    IReadOnlyList<LinkChange> Links,
    IReadOnlyList<AddressChange> Addresses,
    IReadOnlyList<RouteChange> Routes,
    IReadOnlyList<NeighbourChange> Neighbours)
{
    /// <summary>Whether nothing changed that a gateway acts on.</summary>
    public bool IsEmpty => Links.Count == 0 && Addresses.Count == 0 && Routes.Count == 0 && Neighbours.Count == 0;
}
