using System.Runtime.InteropServices;
using System.Text;
using Natflow.Netlink.Messages;

namespace Natflow.Netlink;

/// <summary>One end of a veth pair as rtnetlink shows it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="PeerIndex">Index of the other end in its own namespace.</param>
/// <param name="PeerNamespaceId">The kernel's number of the other end's namespace, as seen from here; null for this one.</param>
/// <param name="HasNativeXdp">Whether a driver-mode XDP program is attached.</param>
internal sealed record VethLink(string Name, int PeerIndex, int? PeerNamespaceId, bool HasNativeXdp)
{
    private const int FixedBytes = LinkParser.FixedBytes;
    private const ushort NameOfLink = 3; // IFLA_IFNAME
    private const ushort Peer = 5; // IFLA_LINK
    private const ushort KindSpecific = 18; // IFLA_LINKINFO
    private const ushort KindName = 1; // IFLA_INFO_KIND
    private const ushort PeerNamespace = 37; // IFLA_LINK_NETNSID
    private const ushort Xdp = 43; // IFLA_XDP
    private const ushort XdpAttached = 2; // IFLA_XDP_ATTACHED
    private const byte XdpNative = 1; // XDP_ATTACHED_DRV
    private const byte XdpSeveral = 4; // XDP_ATTACHED_MULTI

    /// <summary>The veth of a name; null where there is none.</summary>
    internal static VethLink? Find(NetlinkSocket socket, string name) => Ask(socket, 0, Encoding.UTF8.GetBytes(name + '\0'));

    /// <summary>The veth with an index; null where there is none.</summary>
    internal static VethLink? Find(NetlinkSocket socket, int index) => Ask(socket, index, []);

    private static VethLink? Ask(NetlinkSocket socket, int index, byte[] name)
    {
        Span<byte> fixedPart = stackalloc byte[FixedBytes];
        fixedPart.Clear();
        MemoryMarshal.Write(fixedPart[4..], index);
        var request = new RequestWriter(new byte[128], MessageType.GetLink, MessageFlags.Acknowledge, fixedPart);
        if (name.Length != 0)
            request.Add(NameOfLink, name);
        VethLink? found = null;
        _ = socket.Dump(request.Finish(), new byte[NetlinkSocket.BufferBytes], (in NetlinkHeader header, ReadOnlySpan<byte> payload) =>
        {
            if (header.Type == MessageType.NewLink && payload.Length >= FixedBytes)
                found = Parse(payload[FixedBytes..]);
        });
        return found;
    }

    private static VethLink? Parse(ReadOnlySpan<byte> message)
    {
        var veth = new VethLink(string.Empty, 0, null, HasNativeXdp: false);
        bool isVeth = false;
        var attributes = new AttributeReader(message);
        while (attributes.TryNext(out ushort type, out ReadOnlySpan<byte> value))
        {
            switch (type)
            {
                case NameOfLink:
                    veth = veth with { Name = Encoding.UTF8.GetString(value.TrimEnd((byte)0)) };
                    break;
                case Peer when value.Length == sizeof(int):
                    veth = veth with { PeerIndex = MemoryMarshal.Read<int>(value) };
                    break;
                case PeerNamespace when value.Length == sizeof(int):
                    veth = veth with { PeerNamespaceId = MemoryMarshal.Read<int>(value) };
                    break;
                case KindSpecific:
                    isVeth = Inner(value, KindName).TrimEnd((byte)0).SequenceEqual("veth"u8);
                    break;
                case Xdp:
                    veth = veth with { HasNativeXdp = Inner(value, XdpAttached) is [XdpNative or XdpSeveral] };
                    break;
            }
        }

        return isVeth && !attributes.IsMalformed ? veth : null;
    }

    private static ReadOnlySpan<byte> Inner(ReadOnlySpan<byte> nested, ushort wanted)
    {
        var attributes = new AttributeReader(nested);
        while (attributes.TryNext(out ushort type, out ReadOnlySpan<byte> value))
        {
            if (type == wanted)
                return value;
        }

        return default;
    }
}
