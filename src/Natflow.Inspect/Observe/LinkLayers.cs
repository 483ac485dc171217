using System.Buffers.Binary;

using Natflow.Packets.Link;

namespace Natflow.Inspect.Observe;

/// <summary>Finds the IP packet in an Ethernet frame, under whatever a link puts before it. More patient than the packet path, which forwards none of this.</summary>
/// <remarks>Any number of VLAN tags, PPPoE, MPLS with IP or Ethernet inside, LLC/SNAP, port extender tags, provider backbone bridging; bounded by <see cref="LayersMax"/>.</remarks>
internal static class LinkLayers
{
    private const int LayersMax = 24;
    private const int LabelBytes = 4;
    private const int SnapBytes = 8;

    private const ushort Mpls = 0x8847;
    private const ushort MplsMulticast = 0x8848;
    private const ushort BackboneTag = 0x88E7;
    private const ushort ExtenderTag = 0x893F;
    private const ushort VirtualTag = 0x8926;
    private const ushort OldVlanMin = 0x9100;
    private const ushort OldVlanMax = 0x9300;

    /// <summary>Finds the packet.</summary>
    /// <param name="frame">From the destination address on.</param>
    /// <param name="packet">From the IP header to the end of what was captured of the frame.</param>
    /// <returns>False where there is none.</returns>
    internal static bool TryFindPacket(ReadOnlySpan<byte> frame, out ReadOnlySpan<byte> packet)
    {
        packet = default;
        if (!TryEthernet(ref frame, out ushort type)) return false;
        for (int layer = 0; layer < LayersMax; layer++)
        {
            switch (type)
            {
                case EtherType.Ipv4 or EtherType.Ipv6:
                    packet = frame;
                    return true;
                case EtherType.Vlan or EtherType.ServiceVlan or (>= OldVlanMin and <= OldVlanMax):
                    if (!TryTag(ref frame, VlanTag.SizeBytes, out type)) return false;
                    break;
                case VirtualTag:
                    if (!TryTag(ref frame, 6, out type)) return false;
                    break;
                case ExtenderTag:
                    if (!TryTag(ref frame, 8, out type)) return false;
                    break;
                case BackboneTag:
                    if (frame.Length < LabelBytes) return false;
                    frame = frame[LabelBytes..];
                    if (!TryEthernet(ref frame, out type)) return false;
                    break;
                case Mpls or MplsMulticast:
                    if (!TryLabels(ref frame, out type)) return false;
                    break;
                case EtherType.PppoeSession:
                    if (!TryPppoe(ref frame, out type)) return false;
                    break;
                case < EtherType.TypeMin:
                    if (!TrySnap(ref frame, out type)) return false;
                    break;
                default:
                    return false;
            }
        }

        return false;
    }

    private static bool TryEthernet(ref ReadOnlySpan<byte> frame, out ushort type)
    {
        type = 0;
        if (frame.Length < LinkHeader.EthernetBytes) return false;
        type = BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);
        frame = frame[LinkHeader.EthernetBytes..];
        return true;
    }

    // The type of what follows is the last word of each tag.
    private static bool TryTag(ref ReadOnlySpan<byte> frame, int tagBytes, out ushort type)
    {
        type = 0;
        if (frame.Length < tagBytes) return false;
        type = BinaryPrimitives.ReadUInt16BigEndian(frame[(tagBytes - 2)..]);
        frame = frame[tagBytes..];
        return true;
    }

    private static bool TryPppoe(ref ReadOnlySpan<byte> frame, out ushort type)
    {
        type = 0;
        if (!PppoeHeader.TryRead(frame, out PppoeHeader header) || !header.IsSession) return false;
        frame = frame[PppoeHeader.SizeBytes..];
        type = header.PppProtocol switch { EtherType.PppIpv4 => EtherType.Ipv4, EtherType.PppIpv6 => EtherType.Ipv6, _ => 0xFFFF };
        return type != 0xFFFF;
    }

    private static bool TrySnap(ref ReadOnlySpan<byte> frame, out ushort type)
    {
        type = 0;
        if (frame.Length < SnapBytes || frame[0] != 0xAA || frame[1] != 0xAA || frame[2] != 0x03) return false;
        type = BinaryPrimitives.ReadUInt16BigEndian(frame[6..]);
        frame = frame[SnapBytes..];
        return true;
    }

    // Behind the bottom of the stack an IP version tells IP; a zero nibble begins the control word of a pseudowire (RFC 4385), which carries Ethernet.
    private static bool TryLabels(ref ReadOnlySpan<byte> frame, out ushort type)
    {
        type = 0;
        for (int label = 0; label < LayersMax && frame.Length > LabelBytes; label++)
        {
            bool isBottom = (frame[2] & 1) != 0;
            frame = frame[LabelBytes..];
            if (!isBottom) continue;
            switch (frame[0] >> 4)
            {
                case 4:
                    type = EtherType.Ipv4;
                    return true;
                case 6:
                    type = EtherType.Ipv6;
                    return true;
                case 0 when frame.Length > LabelBytes:
                    frame = frame[LabelBytes..];
                    return TryEthernet(ref frame, out type);
                default:
                    return TryEthernet(ref frame, out type);
            }
        }

        return false;
    }
}
