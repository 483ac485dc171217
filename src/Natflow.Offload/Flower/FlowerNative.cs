using System.Runtime.InteropServices;

namespace Natflow.Offload.Flower;

/// <summary>libc calls for one netlink socket.</summary>
internal static unsafe partial class FlowerNative
{
    internal const int FamilyNetlink = 16; // AF_NETLINK
    internal const int RawCloseOnExec = 3 | 0x80000; // SOCK_RAW | SOCK_CLOEXEC
    internal const int ProtocolRoute = 0; // NETLINK_ROUTE
    internal const int LevelSocket = 1; // SOL_SOCKET
    internal const int OptionReceiveTimeout = 20; // SO_RCVTIMEO
    internal const int LevelNetlink = 270; // SOL_NETLINK
    internal const int OptionCapAck = 10; // NETLINK_CAP_ACK
    internal const int OptionExtAck = 11; // NETLINK_EXT_ACK

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    internal static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(nint fd);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    internal static partial int Bind(TcSocket socket, SocketAddress* address, int addressBytes);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    internal static partial int SetOption(TcSocket socket, int level, int option, void* value, int valueBytes);

    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    internal static partial nint SendTo(TcSocket socket, byte* bytes, nuint lengthBytes, int flags, SocketAddress* address, int addressBytes);

    [LibraryImport("libc", EntryPoint = "recvfrom", SetLastError = true)]
    internal static partial nint ReceiveFrom(TcSocket socket, byte* bytes, nuint lengthBytes, int flags, SocketAddress* address, int* addressBytes);

    /// <summary>struct sockaddr_nl: 12 bytes.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 12)]
    internal struct SocketAddress
    {
        internal ushort Family;
        internal ushort Pad;
        internal uint PortId;
        internal uint Groups;
    }

    /// <summary>struct timeval on 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct TimeValue
    {
        internal long Seconds;
        internal long Microseconds;
    }
}
