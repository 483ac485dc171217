using System.Runtime.InteropServices;

namespace Natflow.Ports;

/// <summary>libc calls for sockets, device files and mapped rings. All set errno; names and numbers are Linux's own ABI.</summary>
internal static unsafe partial class SocketNative
{
    internal const int FamilyInet = 2;
    internal const int FamilyPacket = 17;
    internal const int FamilyXdp = 44;

    internal const int TypeDatagram = 2;
    internal const int TypeRaw = 3;
    internal const int TypeNonBlocking = 0x800;
    internal const int TypeCloseOnExec = 0x80000;

    internal const int LevelSocket = 1;
    internal const int LevelPacket = 263;
    internal const int LevelXdp = 283;

    internal const int SendDontWait = 0x40;

    internal const int OpenReadWrite = 0x2;
    internal const int OpenNonBlocking = 0x800;
    internal const int OpenCloseOnExec = 0x80000;

    internal const int ProtectReadWrite = 0x3;
    internal const int MapShared = 0x01;
    internal const int MapPopulate = 0x8000;

    internal static readonly nint MapFailed = -1;

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    internal static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    internal static partial int Bind(int fd, void* address, uint addressBytes);

    [LibraryImport("libc", EntryPoint = "setsockopt", SetLastError = true)]
    internal static partial int SetOption(int fd, int level, int option, void* value, uint valueBytes);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    internal static partial int GetOption(int fd, int level, int option, void* value, uint* valueBytes);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    internal static partial int Control(int fd, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    internal static partial nint Map(nint address, nuint lengthBytes, int protection, int flags, int fd, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    internal static partial int Unmap(nint address, nuint lengthBytes);

    [LibraryImport("libc", EntryPoint = "sendto", SetLastError = true)]
    internal static partial nint SendTo(int fd, void* bytes, nuint lengthBytes, int flags, void* address, uint addressBytes);

    [LibraryImport("libc", EntryPoint = "recvfrom", SetLastError = true)]
    internal static partial nint ReceiveFrom(int fd, void* bytes, nuint lengthBytes, int flags, void* address, uint* addressBytes);

    [LibraryImport("libc", EntryPoint = "readv", SetLastError = true)]
    internal static partial nint ReadVector(int fd, IoVector* vectors, int vectorCount);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    internal static partial nint Write(int fd, void* bytes, nuint lengthBytes);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(PollEntry* entries, nuint entryCount, int timeoutMs);

    [LibraryImport("libc", EntryPoint = "if_nametoindex", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial uint InterfaceIndex(string name);

    [LibraryImport("libc", EntryPoint = "if_nameindex", SetLastError = true)]
    internal static partial InterfaceName* InterfaceNames();

    [LibraryImport("libc", EntryPoint = "if_freenameindex")]
    internal static partial void FreeInterfaceNames(InterfaceName* names);

    /// <summary><c>struct iovec</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct IoVector
    {
        internal void* Base;
        internal nuint LengthBytes;
    }

    /// <summary><c>struct pollfd</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollEntry
    {
        internal int Fd;
        internal short Events;
        internal short ReturnedEvents;
    }

    /// <summary><c>struct if_nameindex</c>; an array of them ends with index 0.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct InterfaceName
    {
        internal uint Index;
        internal byte* Name;
    }
}
