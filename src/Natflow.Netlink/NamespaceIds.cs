using System.Runtime.InteropServices;
using Natflow.Netlink.Messages;

namespace Natflow.Netlink;

/// <summary>The kernel's numbers of other namespaces, as seen from a socket's own (RTM_GETNSID).</summary>
internal static class NamespaceIds
{
    private const int FixedBytes = 4; // struct rtgenmsg, padded.
    private const ushort Id = 1; // NETNSA_NSID
    private const ushort Descriptor = 3; // NETNSA_FD

    /// <summary>The number of a namespace; null where it has none or cannot be opened.</summary>
    /// <param name="socket">In the namespace that looks.</param>
    /// <param name="path">The other one's file.</param>
    internal static int? Of(NetlinkSocket socket, string path)
    {
        int fd = NetlinkNative.Open(path, NetlinkNative.OpenReadOnlyCloseOnExec);
        if (fd < 0)
            return null;
        try
        {
            Span<byte> fixedPart = stackalloc byte[FixedBytes];
            fixedPart.Clear();
            var request = new RequestWriter(new byte[64], MessageType.GetNamespaceId, MessageFlags.Acknowledge, fixedPart);
            Span<byte> descriptor = stackalloc byte[sizeof(int)];
            MemoryMarshal.Write(descriptor, fd);
            request.Add(Descriptor, descriptor);
            int? found = null;
            _ = socket.Dump(request.Finish(), new byte[NetlinkSocket.BufferBytes], (in NetlinkHeader header, ReadOnlySpan<byte> payload) =>
            {
                if (header.Type == MessageType.NewNamespaceId && payload.Length >= FixedBytes)
                    found = Parse(payload[FixedBytes..]);
            });
            return found;
        }
        finally
        {
            _ = NetlinkNative.Close(fd);
        }
    }

    private static int? Parse(ReadOnlySpan<byte> message)
    {
        var attributes = new AttributeReader(message);
        while (attributes.TryNext(out ushort type, out ReadOnlySpan<byte> value))
        {
            if (type == Id && value.Length == sizeof(int) && MemoryMarshal.Read<int>(value) is >= 0 and int id) // -1: no number yet.
                return id;
        }

        return null;
    }
}
