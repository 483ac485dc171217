namespace Natflow.Netlink.Model;

/// <summary>The neighbours of a model. Immutable; any thread.</summary>
public sealed class NeighbourTable
{
    private readonly SnapshotMap<(int LinkIndex, IpAddress Address), Neighbour> _neighbours;

    internal NeighbourTable(SnapshotMap<(int LinkIndex, IpAddress Address), Neighbour> neighbours) => _neighbours = neighbours;

    /// <summary>Number of neighbours, resolved or not.</summary>
    public int Count => _neighbours.Count;

    /// <summary>All neighbours.</summary>
    public IEnumerable<Neighbour> All => _neighbours.All().Select(static pair => pair.Value);

    /// <summary>Finds where to send frames for a neighbour. No allocation.</summary>
    /// <param name="linkIndex">The link.</param>
    /// <param name="address">The neighbour: a next hop's gateway, or the destination.</param>
    /// <param name="macAddress">Lower 48 bits.</param>
    /// <returns>False when the kernel does not know it, or asks still, or got no answer.</returns>
    public bool TryFind(int linkIndex, IpAddress address, out ulong macAddress)
    {
        bool isResolved = _neighbours.TryGet((linkIndex, address), out Neighbour neighbour) && neighbour.IsResolved;
        macAddress = isResolved ? neighbour.MacAddress : 0;
        return isResolved;
    }

    /// <summary>Finds all that is known of a neighbour. No allocation.</summary>
    public bool TryGet(int linkIndex, IpAddress address, out Neighbour neighbour) =>
        _neighbours.TryGet((linkIndex, address), out neighbour);
}
