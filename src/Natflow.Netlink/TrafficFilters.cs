using System.Runtime.InteropServices;
using Natflow.Memory;
using Natflow.Netlink.Messages;

namespace Natflow.Netlink;

/// <summary>Filters of traffic control at an interface's <c>clsact</c> hook, anybody's.</summary>
public static class TrafficFilters
{
    private const int TrafficMessageBytes = 20; // struct tcmsg.
    private const int InterfaceOffset = 4;
    private const int ParentOffset = 12;
    private const uint AtIngress = 0xFFFF_FFF2; // TC_H_CLSACT and TC_H_MIN_INGRESS.
    private const uint AtEgress = 0xFFFF_FFF3;
    private const int RequestBytesMax = 64;

    /// <summary>Whether there are none, in either direction, of an interface in the calling thread's namespace.</summary>
    /// <param name="interfaceIndex">As the kernel numbers it.</param>
    /// <returns>False also where the kernel does not say.</returns>
    /// <exception cref="NativeException">No socket can be had.</exception>
    public static bool IsFree(int interfaceIndex)
    {
        using var socket = NetlinkSocket.Open();
        return IsFree(socket, interfaceIndex, AtIngress) && IsFree(socket, interfaceIndex, AtEgress);
    }

    private static bool IsFree(NetlinkSocket socket, int interfaceIndex, uint parent)
    {
        Span<byte> message = stackalloc byte[TrafficMessageBytes];
        message.Clear();
        MemoryMarshal.Write(message[InterfaceOffset..], interfaceIndex);
        MemoryMarshal.Write(message[ParentOffset..], parent);
        var request = new RequestWriter(new byte[RequestBytesMax], MessageType.GetFilter, MessageFlags.Dump, message);
        int count = 0;
        DumpResult result = socket.Dump(request.Finish(), new byte[NetlinkSocket.BufferBytes], (in NetlinkHeader header, ReadOnlySpan<byte> _) => count += header.Type == MessageType.NewFilter ? 1 : 0);
        return result.Status == DumpStatus.Complete && count == 0;
    }
}
