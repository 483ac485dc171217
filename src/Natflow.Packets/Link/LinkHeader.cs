using System.Buffers.Binary;

using Natflow.Core;

namespace Natflow.Packets.Link;

/// <summary>What lies before the network layer: Ethernet II, up to three VLAN tags, PPPoE session.</summary>
/// <param name="EtherType">
/// Host order: what the payload is. PPP-encapsulated IP shows as <see cref="EtherType.Ipv4"/> or <see cref="EtherType.Ipv6"/>,
/// other PPP as <see cref="EtherType.PppoeSession"/>, an IEEE 802.3 length as itself.
/// </param>
/// <param name="L3Offset">Bytes before the payload: 14 to 34.</param>
/// <param name="VlanCount">Number of tags, 0 to <see cref="VlanTagsMax"/>.</param>
/// <param name="PppoeOffset">Bytes before the PPPoE header; 0 where there is none.</param>
/// <param name="L3Bytes">Bytes of payload in memory; where PPPoE says how long its payload is, not more than that.</param>
public readonly record struct LinkHeader(ushort EtherType, byte L3Offset, byte VlanCount, byte PppoeOffset, int L3Bytes)
{
    /// <summary>Bytes of an Ethernet II header: two addresses and the type.</summary>
    public const int EthernetBytes = 14;

    /// <summary>The most VLAN tags that are stepped over.</summary>
    public const int VlanTagsMax = 3;

    /// <summary>Longest header that is read.</summary>
    public const int BytesMax = EthernetBytes + (VlanTagsMax * VlanTag.SizeBytes) + PppoeHeader.SizeBytes;

    /// <summary>Reads the link header of any bytes. The loop is bounded by <see cref="VlanTagsMax"/>.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="isCaptured">A PPPoE length beyond the frame's end is the snap length's doing, not a lie.</param>
    /// <param name="header">The header, where the result is <see cref="DropReason.None"/>.</param>
    public static DropReason TryParse(ReadOnlySpan<byte> frame, bool isCaptured, out LinkHeader header)
    {
        header = default;
        if (frame.Length < EthernetBytes) return DropReason.Truncated;

        int offset = EthernetBytes;
        ushort type = BinaryPrimitives.ReadUInt16BigEndian(frame[12..]);
        byte vlanCount = 0;
        for (; Link.EtherType.IsVlan(type); vlanCount++)
        {
            if (vlanCount == VlanTagsMax) return DropReason.HeaderChainTooLong;
            if (!VlanTag.TryRead(frame[offset..], out VlanTag tag)) return DropReason.Truncated;
            type = tag.EtherType;
            offset += VlanTag.SizeBytes;
        }

        if (type == Link.EtherType.PppoeSession) return TryParsePppoe(frame, isCaptured, offset, vlanCount, out header);

        header = new LinkHeader(type, (byte)offset, vlanCount, PppoeOffset: 0, frame.Length - offset);
        return DropReason.None;
    }

    private static DropReason TryParsePppoe(ReadOnlySpan<byte> frame, bool isCaptured, int offset, byte vlanCount, out LinkHeader header)
    {
        header = default;
        if (!PppoeHeader.TryRead(frame[offset..], out PppoeHeader pppoe)) return DropReason.Truncated;
        if (!pppoe.IsSession) return DropReason.BadHeader;

        int l3Offset = offset + PppoeHeader.SizeBytes;
        int l3Bytes = pppoe.PayloadBytes - PppoeHeader.PppBytes;
        if (l3Bytes < 0 || (l3Bytes > frame.Length - l3Offset && !isCaptured)) return DropReason.BadLength;

        ushort type = pppoe.PppProtocol switch
        {
            Link.EtherType.PppIpv4 => Link.EtherType.Ipv4,
            Link.EtherType.PppIpv6 => Link.EtherType.Ipv6,
            _ => Link.EtherType.PppoeSession,
        };
        header = new LinkHeader(type, (byte)l3Offset, vlanCount, (byte)offset, Math.Min(l3Bytes, frame.Length - l3Offset));
        return DropReason.None;
    }
}
