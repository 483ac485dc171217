namespace Natflow.Netlink.Model;

/// <summary>The addresses of the box in a model. Immutable; any thread.</summary>
public sealed class AddressTable
{
    private readonly SnapshotMap<(int LinkIndex, IpAddress Address, byte PrefixLengthBits), InterfaceAddress> _addresses;
    private readonly HashSet<IpAddress> _own;

    internal AddressTable(SnapshotMap<(int LinkIndex, IpAddress Address, byte PrefixLengthBits), InterfaceAddress> addresses)
    {
        _addresses = addresses;
        _own = [.. addresses.All().Select(static pair => pair.Value.Address)];
    }

    /// <summary>Number of addresses.</summary>
    public int Count => _addresses.Count;

    /// <summary>All addresses.</summary>
    public IEnumerable<InterfaceAddress> All => _addresses.All().Select(static pair => pair.Value);

    /// <summary>The addresses of one link.</summary>
    public IEnumerable<InterfaceAddress> On(int linkIndex) => All.Where(address => address.LinkIndex == linkIndex);

    /// <summary>Whether an address is on any link. No allocation.</summary>
    public bool Contains(IpAddress address) => _own.Contains(address);
}
