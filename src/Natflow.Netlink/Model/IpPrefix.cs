namespace Natflow.Netlink.Model;

/// <summary>An IPv4 or IPv6 prefix; host bits are zero.</summary>
public readonly record struct IpPrefix
{
    /// <summary>Makes a prefix; host bits of the address are cleared.</summary>
    /// <param name="address">Any address in it.</param>
    /// <param name="lengthBits">0 to 32 or 128.</param>
    public IpPrefix(IpAddress address, int lengthBits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(lengthBits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(lengthBits, address.WidthBits);
        LengthBits = (byte)lengthBits;
        UInt128 network = address.Bits & ~HostMask(address.WidthBits, lengthBits);
        Network = address.IsIpv4 ? IpAddress.FromIpv4((uint)network) : IpAddress.FromIpv6(network);
    }

    /// <summary>First address.</summary>
    public IpAddress Network { get; }

    /// <summary>Length of the prefix, 0 to 32 or 128.</summary>
    public byte LengthBits { get; }

    /// <summary>The number of the last address.</summary>
    public UInt128 LastBits => Network.Bits | HostMask(Network.WidthBits, LengthBits);

    /// <summary>Whether an address of the same family lies inside.</summary>
    public bool Contains(IpAddress address) =>
        address.WidthBits == Network.WidthBits && (address.Bits & ~HostMask(address.WidthBits, LengthBits)) == Network.Bits;

    /// <summary>By first address, then the shorter prefix first: a prefix comes before all it contains.</summary>
    public static int Compare(IpPrefix left, IpPrefix right)
    {
        int byNetwork = IpAddress.Compare(left.Network, right.Network);
        return byNetwork != 0 ? byNetwork : left.LengthBits.CompareTo(right.LengthBits);
    }

    /// <inheritdoc />
    public override string ToString() => $"{Network}/{LengthBits}";

    private static UInt128 HostMask(int widthBits, int lengthBits)
    {
        int hostBits = widthBits - lengthBits;
        return hostBits == 128 ? UInt128.MaxValue : (UInt128.One << hostBits) - UInt128.One; // A shift by 128 is a shift by 0.
    }
}
