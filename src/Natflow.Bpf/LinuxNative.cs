using System.Runtime.InteropServices;

namespace Natflow.Bpf;

/// <summary>libc calls around descriptors of BPF objects.</summary>
internal static unsafe partial class LinuxNative
{
    internal const int ProtectReadWrite = 0x3;
    internal const int MapShared = 0x01;

    internal static readonly nint MapFailed = -1;

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    internal static partial int Close(int fd);

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    internal static partial nint Map(nint address, nuint lengthBytes, int protection, int flags, int fd, nint offset);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    internal static partial int Unmap(nint address, nuint lengthBytes);

    [LibraryImport("libc", EntryPoint = "if_nametoindex", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial uint InterfaceIndex(string name);

    [LibraryImport("libc", EntryPoint = "if_nameindex", SetLastError = true)]
    internal static partial InterfaceName* InterfaceNames();

    [LibraryImport("libc", EntryPoint = "if_freenameindex")]
    internal static partial void FreeInterfaceNames(InterfaceName* names);

    /// <summary>For libbpf's messages: a <c>va_list</c> travels as a pointer in the calling conventions of x86-64 and arm64.</summary>
    [LibraryImport("libc", EntryPoint = "vsnprintf")]
    internal static partial int Format(byte* buffer, nuint bufferBytes, byte* format, nint arguments);

    /// <summary><c>struct if_nameindex</c>; an array of them ends with index 0.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct InterfaceName
    {
        internal uint Index;
        internal byte* Name;
    }
}
