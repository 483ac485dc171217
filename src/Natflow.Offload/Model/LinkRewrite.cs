using System.Buffers.Binary;
using Natflow.Flows.Paths;
using Natflow.Packets.Link;

namespace Natflow.Offload.Model;

/// <summary>A way's link header taken apart, for PPEs that hold its parts instead of its bytes.</summary>
/// <param name="DstMac">Lower 48 bits.</param>
/// <param name="SrcMac">Lower 48 bits.</param>
/// <param name="VlanCount">Tags, 0 to 2, announced by 0x8100.</param>
/// <param name="Vlan1">Identifier of the outer or only tag.</param>
/// <param name="Vlan2">Identifier of the inner tag.</param>
/// <param name="HasPppoe">Whether a session header follows.</param>
/// <param name="PppoeSession">Its session.</param>
internal readonly record struct LinkRewrite(
    ulong DstMac, ulong SrcMac, byte VlanCount, ushort Vlan1, ushort Vlan2, bool HasPppoe, ushort PppoeSession)
{
    private const int VlanCountMax = 2;
    private const ushort VlanIdMask = 0x0FFF;
    private const int TypeOffset = 12;

    /// <summary>Takes a way's header apart.</summary>
    /// <returns>False for a header that is not Ethernet to one station with at most two 802.1Q tags and a PPPoE session.</returns>
    internal static bool TryParse(in PathRecord path, out LinkRewrite link)
    {
        link = default;
        int pppoeBytes = path.IsPppoe ? PppoeHeader.SizeBytes : 0;
        int tagBytes = path.HeaderBytes - LinkHeader.EthernetBytes - pppoeBytes;
        if (tagBytes < 0 || tagBytes % VlanTag.SizeBytes != 0 || tagBytes / VlanTag.SizeBytes > VlanCountMax || path.HeaderBytes > PathRecord.HeaderBytesMax)
            return false;

        PathRecord copy = path; // The header of a read-only reference has no span.
        ReadOnlySpan<byte> header = copy.Header[^path.HeaderBytes..];
        var vlans = default((ushort, ushort));
        int vlanCount = tagBytes / VlanTag.SizeBytes;
        for (int i = 0; i < vlanCount; i++)
        {
            ReadOnlySpan<byte> tag = header[(TypeOffset + (i * VlanTag.SizeBytes))..];
            if (BinaryPrimitives.ReadUInt16BigEndian(tag) != EtherType.Vlan) return false;
            ushort id = (ushort)(BinaryPrimitives.ReadUInt16BigEndian(tag[2..]) & VlanIdMask);
            vlans = i == 0 ? (id, (ushort)0) : (vlans.Item1, id);
        }

        ushort session = path.IsPppoe ? BinaryPrimitives.ReadUInt16BigEndian(header[(TypeOffset + tagBytes + 4)..]) : (ushort)0;
        link = new LinkRewrite(MacAddress.Read(header), MacAddress.Read(header[6..]), (byte)vlanCount, vlans.Item1, vlans.Item2, path.IsPppoe, session);
        return IsStation(link.DstMac) && IsStation(link.SrcMac);
    }

    // Not a group address, not all zeros: drivers refuse those.
    private static bool IsStation(ulong mac) => mac != 0 && ((mac >> 40) & 1) == 0;
}
