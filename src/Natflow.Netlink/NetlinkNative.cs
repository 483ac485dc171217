using System.Runtime.InteropServices;

namespace Natflow.Netlink;

/// <summary>libc calls for netlink sockets, interfaces, events and network namespaces.</summary>
internal static unsafe partial class NetlinkNative
{
    internal const int OpenReadOnlyCloseOnExec = 0x80000; // O_RDONLY | O_CLOEXEC
    internal const int CloneNewNet = 0x40000000;
    internal const int FamilyNetlink = 16; // AF_NETLINK
    internal const int RawCloseOnExec = 3 | 0x80000; // SOCK_RAW | SOCK_CLOEXEC
    internal const int FamilyInet = 2; // AF_INET
    internal const int DatagramCloseOnExec = 2 | 0x80000; // SOCK_DGRAM | SOCK_CLOEXEC
    internal const int ProtocolRoute = 0; // NETLINK_ROUTE
    internal const int LevelSocket = 1; // SOL_SOCKET
    internal const int OptionReceiveBuffer = 8; // SO_RCVBUF
    internal const int OptionReceiveBufferForce = 33; // SO_RCVBUFFORCE
    internal const int LevelNetlink = 270; // SOL_NETLINK
    internal const int OptionAddMembership = 1; // NETLINK_ADD_MEMBERSHIP
    internal const int OptionCapAck = 10; // NETLINK_CAP_ACK
    internal const int OptionExtAck = 11; // NETLINK_EXT_ACK
    internal const int OptionStrictCheck = 12; // NETLINK_GET_STRICT_CHK
    internal const int MessageTruncated = 0x20; // MSG_TRUNC
    internal const int MessageDontWait = 0x40; // MSG_DONTWAIT
    internal const short PollIn = 0x1; // POLLIN
    internal const int EventCloseOnExecNonBlock = 0x80000 | 0x800; // EFD_CLOEXEC | EFD_NONBLOCK

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(nint fd);

    [LibraryImport("libc", EntryPoint = "setns", SetLastError = true)]
    internal static partial int SetNamespace(int fd, int kind);

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    internal static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Control(int fd, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    internal static partial int Bind(NetlinkSocket socket, SocketAddress* address, int addressBytes);

    [LibraryImport("libc", EntryPoint = "getsockname", SetLastError = true)]
    internal static partial int GetName(NetlinkSocket socket, SocketAddress* address, int* addressBytes);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    internal static partial int SetOption(NetlinkSocket socket, int level, int option, int* value, int valueBytes);

    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    internal static partial nint SendTo(
        NetlinkSocket socket, byte* bytes, nuint lengthBytes, int flags, SocketAddress* address, int addressBytes);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    internal static partial nint ReceiveMessage(NetlinkSocket socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollEntry* entries, nuint count, int timeoutMilliseconds);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    internal static partial int EventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(StopEvent stopEvent, void* bytes, nuint lengthBytes);

    /// <summary>struct sockaddr_nl: 12 bytes.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 12)]
    internal struct SocketAddress
    {
        internal ushort Family;
        internal ushort Pad;
        internal uint PortId;
        internal uint Groups;
    }

    /// <summary>struct iovec.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct IoVector
    {
        internal byte* Base;
        internal nuint LengthBytes;
    }

    /// <summary>struct msghdr on 64-bit Linux: 56 bytes.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 56)]
    internal struct MessageHeader
    {
        internal SocketAddress* Name;
        internal int NameBytes;
        internal IoVector* Vectors;
        internal nuint VectorCount;
        internal void* Control;
        internal nuint ControlBytes;
        internal int Flags;
    }

    /// <summary>struct pollfd: 8 bytes.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 8)]
    internal struct PollEntry
    {
        internal int Fd;
        internal short Events;
        internal short Returned;
    }
}
