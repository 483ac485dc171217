using System.Runtime.InteropServices;

namespace Natflow.Policy.Users;

/// <summary>Something that identifies a user: 24 bytes, compared whole.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = SizeBytes)]
public readonly record struct UserIdentifier
{
    /// <summary>Size in bytes.</summary>
    public const int SizeBytes = 24;

    private readonly ulong _high;
    private readonly ulong _low;
    private readonly uint _zone;
    private readonly UserIdentifierKind _kind;
    private readonly byte _lengthBits;

    private UserIdentifier(UserIdentifierKind kind, UInt128 value, byte lengthBits, uint zone)
    {
        _kind = kind;
        _high = (ulong)(value >> 64);
        _low = (ulong)value;
        _lengthBits = lengthBits;
        _zone = zone;
    }

    /// <summary>What it is.</summary>
    public UserIdentifierKind Kind => _kind;

    /// <summary>Prefix length of an address.</summary>
    public int LengthBits => _lengthBits;

    /// <summary>Zone that an address is of; 0 for others.</summary>
    public uint Zone => _zone;

    /// <summary>The address, MAC or login as a number.</summary>
    public UInt128 Value => new(_high, _low);

    /// <summary>An address in a zone: the same address in another zone is another user.</summary>
    public static UserIdentifier OfAddress(in IpAddress address, uint zone) =>
        new(address.IsIpv6 ? UserIdentifierKind.Ipv6 : UserIdentifierKind.Ipv4, address.Value, (byte)address.WidthBits, zone);

    /// <summary>An IPv6 prefix in a zone, such as the /64 of a household.</summary>
    public static UserIdentifier OfPrefix(in IpNet net, uint zone) =>
        new(net.Network.IsIpv6 ? UserIdentifierKind.Ipv6 : UserIdentifierKind.Ipv4, net.Network.Value, (byte)net.LengthBits, zone);

    /// <summary>A MAC; a locally administered one is marked by its kind.</summary>
    public static UserIdentifier OfMac(ulong mac) =>
        new(MacText.IsLocallyAdministered(mac) ? UserIdentifierKind.LocalMac : UserIdentifierKind.Mac, mac, 0, 0);

    /// <summary>A login by the number that its store gave it.</summary>
    public static UserIdentifier OfLogin(ulong number) => new(UserIdentifierKind.Login, number, 0, 0);

    /// <summary>Mixes all fields: addresses come from strangers, so the bits must spread.</summary>
    public override int GetHashCode() => HashCode.Combine(_high, _low, _zone, _kind, _lengthBits);
}
