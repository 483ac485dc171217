using Natflow.Memory;

namespace Natflow.Netlink;

/// <summary>
/// The other end of a veth pair. <c>veth_xdp_xmit</c> hands a redirected frame to the peer's NAPI and drops it where that is off, which it is unless the peer has
/// a native XDP program or GRO is switched on at it.
/// </summary>
/// <param name="State">Whether it takes redirected frames.</param>
/// <param name="Name">Its name; empty where it is not known.</param>
/// <param name="Namespace">Namespace that it is in, as <c>ip netns list</c> shows it; null for that of the calling thread or one that is not known.</param>
public sealed record VethPeer(VethPeerState State, string Name = "", string? Namespace = null)
{
    private const string NamespaceFolder = "/run/netns";

    private static readonly VethPeer None = new(VethPeerState.NotVeth);
    private static readonly VethPeer Hidden = new(VethPeerState.Unknown);

    /// <summary>Looks at the peer of an interface in the namespace of the calling thread.</summary>
    /// <param name="interfaceName">The near end.</param>
    /// <remarks>A few system calls; looks through the named namespaces where the peer is in none of ours, which needs CAP_SYS_ADMIN.</remarks>
    public static VethPeer Look(string interfaceName)
    {
        ArgumentException.ThrowIfNullOrEmpty(interfaceName);
        try
        {
            using NetlinkSocket socket = NetlinkSocket.Open();
            if (VethLink.Find(socket, interfaceName) is not { } near)
                return None;
            if (near.PeerNamespaceId is not { } id)
                return VethLink.Find(socket, near.PeerIndex) is { } peer ? Of(peer, null) : Hidden;
            return LookElsewhere(socket, near, id);
        }
        catch (NativeException)
        {
            return Hidden; // No descriptor, or no right to look.
        }
    }

    private static VethPeer Of(VethLink peer, string? space) =>
        new(peer.HasNativeXdp || GenericReceive.IsOn(peer.Name) ? VethPeerState.Polls : VethPeerState.DoesNotPoll, peer.Name, space);

    private static VethPeer LookElsewhere(NetlinkSocket socket, VethLink near, int namespaceId)
    {
        if (!Directory.Exists(NamespaceFolder))
            return Hidden;
        foreach (string path in Directory.EnumerateFiles(NamespaceFolder))
        {
            string space = Path.GetFileName(path);
            if (NamespaceIds.Of(socket, path) != namespaceId)
                continue;
            return NetworkNamespace.Run(space, () =>
            {
                using var inside = new NetlinkSocket();
                return VethLink.Find(inside, near.PeerIndex) is { } peer ? Of(peer, space) : Hidden;
            });
        }

        return Hidden;
    }
}
