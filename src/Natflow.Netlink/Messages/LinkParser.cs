using System.Runtime.InteropServices;
using System.Text;
using Natflow.Netlink.Model;
using MacBytes = Natflow.Packets.Link.MacAddress;

namespace Natflow.Netlink.Messages;

/// <summary>Reads RTM_NEWLINK and RTM_DELLINK: struct ifinfomsg and IFLA_* attributes. Total.</summary>
public static class LinkParser
{
    internal const int FixedBytes = 16;
    private const int NameBytesMax = 16; // IFNAMSIZ

    private const uint FlagUp = 0x1; // IFF_UP
    private const uint FlagLoopback = 0x8; // IFF_LOOPBACK
    private const uint FlagLowerUp = 0x10000; // IFF_LOWER_UP

    private const ushort Address = 1; // IFLA_ADDRESS
    private const ushort Name = 3; // IFLA_IFNAME
    private const ushort Mtu = 4; // IFLA_MTU
    private const ushort Parent = 5; // IFLA_LINK
    private const ushort Master = 10; // IFLA_MASTER
    private const ushort KindSpecific = 18; // IFLA_LINKINFO
    private const ushort ParentNamespace = 37; // IFLA_LINK_NETNSID
    private const ushort KindName = 1; // IFLA_INFO_KIND
    private const ushort KindValues = 2; // IFLA_INFO_DATA
    private const ushort VlanIdValue = 1; // IFLA_VLAN_ID

    /// <summary>Reads a message's payload.</summary>
    /// <param name="payload">What follows the netlink header.</param>
    /// <param name="link">The link on <see cref="ParseStatus.Ok"/>.</param>
    /// <returns>
    /// <see cref="ParseStatus.Ignored"/> for AF_BRIDGE: such a message tells of a bridge port, and its "deletion" leaves the link alive.
    /// </returns>
    public static ParseStatus Parse(ReadOnlySpan<byte> payload, out Link? link)
    {
        link = null;
        if (payload.Length < FixedBytes) return ParseStatus.Malformed;
        if (payload[0] != AddressFamilyNumber.Any) return ParseStatus.Ignored;
        int index = MemoryMarshal.Read<int>(payload[4..]);
        if (index <= 0) return ParseStatus.Malformed;

        var fields = new Fields { Name = "", Kind = "" };
        var attributes = new AttributeReader(payload[FixedBytes..]);
        while (attributes.TryNext(out ushort type, out ReadOnlySpan<byte> value))
        {
            if (!fields.TryTake(type, value)) return ParseStatus.Malformed;
        }

        if (attributes.IsMalformed || fields.Name.Length == 0) return ParseStatus.Malformed;
        link = fields.ToLink(index, MemoryMarshal.Read<uint>(payload[8..]));
        return ParseStatus.Ok;
    }

    private static bool TryText(ReadOnlySpan<byte> value, out string text)
    {
        text = "";
        int end = value.IndexOf((byte)0);
        if (end >= 0) value = value[..end];
        if (value.Length is 0 or >= NameBytesMax) return false;
        text = Encoding.UTF8.GetString(value); // The kernel's names are bytes; what is no UTF-8 shows as U+FFFD.
        return true;
    }

    private struct Fields
    {
        internal string Name;
        internal string Kind;
        private ulong _macAddress;
        private uint _mtuBytes;
        private uint _parent;
        private uint _master;
        private ushort _vlanId;
        private bool _isParentElsewhere;

        internal bool TryTake(ushort type, ReadOnlySpan<byte> value)
        {
            switch (type)
            {
                case LinkParser.Name:
                    return TryText(value, out Name);
                case Address:
                    _macAddress = value.Length == 6 ? MacBytes.Read(value) : 0; // Tunnels have 4, 16 or 20 bytes here.
                    return true;
                case Mtu:
                    return AttributeReader.TryReadUInt(value, out _mtuBytes);
                case Parent:
                    return AttributeReader.TryReadUInt(value, out _parent);
                case Master:
                    return AttributeReader.TryReadUInt(value, out _master);
                case ParentNamespace:
                    _isParentElsewhere = true;
                    return true;
                case KindSpecific:
                    return TryTakeKind(value);
                default:
                    return true;
            }
        }

        internal readonly Link ToLink(int index, uint flags) => new(
            index,
            Name,
            _macAddress,
            (int)Math.Min(_mtuBytes, int.MaxValue),
            IsAdminUp: (flags & FlagUp) != 0,
            HasCarrier: (flags & FlagLowerUp) != 0,
            IsLoopback: (flags & FlagLoopback) != 0,
            MasterIndex: (int)_master,
            Kind,
            ParentIndex: _isParentElsewhere || Kind is "veth" ? 0 : (int)_parent, // A veth's "parent" is its peer.
            VlanId: Kind is "vlan" ? _vlanId : (ushort)0);

        private bool TryTakeKind(ReadOnlySpan<byte> nested)
        {
            var attributes = new AttributeReader(nested);
            while (attributes.TryNext(out ushort type, out ReadOnlySpan<byte> value))
            {
                if (type == KindName && !TryText(value, out Kind)) return false;
                if (type == KindValues && Kind is "vlan" && !TryTakeVlan(value)) return false;
            }

            return !attributes.IsMalformed;
        }

        private bool TryTakeVlan(ReadOnlySpan<byte> nested)
        {
            var attributes = new AttributeReader(nested);
            while (attributes.TryNext(out ushort type, out ReadOnlySpan<byte> value))
            {
                if (type != VlanIdValue) continue;
                if (value.Length != sizeof(ushort)) return false;
                _vlanId = MemoryMarshal.Read<ushort>(value);
            }

            return !attributes.IsMalformed;
        }
    }
}
