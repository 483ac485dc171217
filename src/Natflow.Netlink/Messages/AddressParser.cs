using System.Runtime.InteropServices;
using Natflow.Netlink.Model;

namespace Natflow.Netlink.Messages;

/// <summary>Reads RTM_NEWADDR and RTM_DELADDR: struct ifaddrmsg and IFA_* attributes. Total.</summary>
public static class AddressParser
{
    internal const int FixedBytes = 8;

    private const ushort Address = 1; // IFA_ADDRESS: the peer on a point-to-point link
    private const ushort Local = 2; // IFA_LOCAL
    private const ushort Flags = 8; // IFA_FLAGS: 32 bits; the fixed part has 8

    /// <summary>Reads a message's payload.</summary>
    /// <param name="payload">What follows the netlink header.</param>
    /// <param name="address">The address on <see cref="ParseStatus.Ok"/>.</param>
    /// <returns><see cref="ParseStatus.Ignored"/> for a family other than IPv4 and IPv6.</returns>
    public static ParseStatus Parse(ReadOnlySpan<byte> payload, out InterfaceAddress address)
    {
        address = default;
        if (payload.Length < FixedBytes) return ParseStatus.Malformed;
        int widthBits = AddressFamilyNumber.WidthBits(payload[0]);
        if (widthBits == 0) return ParseStatus.Ignored;
        int linkIndex = MemoryMarshal.Read<int>(payload[4..]);
        if (linkIndex <= 0 || payload[1] > widthBits) return ParseStatus.Malformed;

        IpAddress local = IpAddress.None;
        IpAddress peer = IpAddress.None;
        uint flags = payload[2];
        var attributes = new AttributeReader(payload[FixedBytes..]);
        while (attributes.TryNext(out ushort type, out ReadOnlySpan<byte> value))
        {
            bool isRead = type switch
            {
                Address => IpAddress.TryRead(value, out peer) && peer.WidthBits == widthBits,
                Local => IpAddress.TryRead(value, out local) && local.WidthBits == widthBits,
                Flags => AttributeReader.TryReadUInt(value, out flags),
                _ => true,
            };
            if (!isRead) return ParseStatus.Malformed;
        }

        if (attributes.IsMalformed || (local.IsNone && peer.IsNone)) return ParseStatus.Malformed;
        IpAddress own = local.IsNone ? peer : local;
        address = new InterfaceAddress(
            linkIndex, own, payload[1], peer == own ? IpAddress.None : peer, payload[3], (AddressFlags)flags);
        return ParseStatus.Ok;
    }
}
