using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Natflow.Memory;

namespace Natflow.Ports;

/// <summary>What the ports ask and set of a network interface, by ioctl in the calling thread's network namespace.</summary>
internal static unsafe class LinkControl
{
    /// <summary>Longest interface name.</summary>
    internal const int NameBytesMax = 15;

    private const nuint GetFlags = 0x8913;
    private const nuint SetFlags = 0x8914;
    private const nuint SetAddress = 0x8916;
    private const nuint GetMtu = 0x8921;
    private const nuint SetMtu = 0x8922;
    private const nuint SetHardwareAddress = 0x8924;
    private const ushort HardwareEthernet = 1;
    private const short FlagUp = 1;

    // struct ifreq: the name in 16 bytes, then a union of 24.
    private const int RequestBytes = 40;
    private const int ValueOffset = NameBytesMax + 1;

    /// <summary>Index of an interface.</summary>
    /// <exception cref="NativeException">There is none of that name; the message lists those that there are.</exception>
    internal static int IndexOf(string name)
    {
        uint index = name.Length is > 0 and <= NameBytesMax ? SocketNative.InterfaceIndex(name) : 0;
        return index != 0
            ? (int)index
            : throw new NativeException(
                "if_nametoindex", $"no interface \"{name}\"; there are: {string.Join(", ", Names())}", Errno.NoDevice);
    }

    /// <summary>Names of all interfaces, in the kernel's order.</summary>
    internal static List<string> Names()
    {
        var names = new List<string>();
        SocketNative.InterfaceName* first = SocketNative.InterfaceNames();
        if (first == null)
            return names;
        for (SocketNative.InterfaceName* entry = first; entry->Index != 0; entry++)
            names.Add(Marshal.PtrToStringUTF8((nint)entry->Name)!);
        SocketNative.FreeInterfaceNames(first);
        return names;
    }

    /// <summary>The MTU in bytes, link header not counted.</summary>
    /// <param name="name">The interface.</param>
    /// <param name="socket">A socket in the interface's network namespace; null for the calling thread's.</param>
    internal static int ReadMtu(string name, FileDescriptor? socket = null)
    {
        byte* request = stackalloc byte[RequestBytes];
        Call(socket, name, request, GetMtu, "SIOCGIFMTU");
        return *(int*)(request + ValueOffset);
    }

    /// <summary>Sets the MTU in bytes.</summary>
    internal static void WriteMtu(string name, int mtuBytes)
    {
        byte* request = stackalloc byte[RequestBytes];
        *(int*)(request + ValueOffset) = mtuBytes;
        Call(null, name, request, SetMtu, $"SIOCSIFMTU {mtuBytes}");
    }

    /// <summary>Sets the Ethernet address: lower 48 bits, first byte on the wire the highest.</summary>
    internal static void WriteMac(string name, ulong address)
    {
        byte* request = stackalloc byte[RequestBytes];
        *(ushort*)(request + ValueOffset) = HardwareEthernet;
        byte* value = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(new Span<byte>(value, sizeof(ulong)), address);
        new ReadOnlySpan<byte>(value + 2, 6).CopyTo(new Span<byte>(request + ValueOffset + sizeof(ushort), 6));
        Call(null, name, request, SetHardwareAddress, "SIOCSIFHWADDR");
    }

    /// <summary>Gives an interface an IPv4 address of its own (host order) without a network around it.</summary>
    internal static void WriteIpv4Address(string name, uint address)
    {
        byte* request = stackalloc byte[RequestBytes];
        *(ulong*)(request + ValueOffset) = SocketNative.FamilyInet | ((ulong)BinaryPrimitives.ReverseEndianness(address) << 32);
        Call(null, name, request, SetAddress, "SIOCSIFADDR");
    }

    /// <summary>Brings an interface up.</summary>
    internal static void SetUp(string name)
    {
        byte* request = stackalloc byte[RequestBytes];
        Call(null, name, request, GetFlags, "SIOCGIFFLAGS");
        *(short*)(request + ValueOffset) |= FlagUp;
        Call(null, name, request, SetFlags, "SIOCSIFFLAGS up");
    }

    /// <summary>Writes a name into the first 16 bytes of an <c>ifreq</c>, zero-filled.</summary>
    internal static void WriteName(byte* request, string name)
    {
        var field = new Span<byte>(request, ValueOffset);
        field.Clear();
        if (Encoding.UTF8.GetByteCount(name) > NameBytesMax)
            throw new ArgumentException($"an interface name has at most {NameBytesMax} bytes: \"{name}\"", nameof(name));
        _ = Encoding.UTF8.GetBytes(name, field);
    }

    // The socket says in which network namespace the name is looked up.
    private static void Call(FileDescriptor? socket, string name, byte* request, nuint code, string call)
    {
        if (socket is null)
        {
            const int Type = SocketNative.TypeDatagram | SocketNative.TypeCloseOnExec;
            using FileDescriptor own = FileDescriptor.Take(SocketNative.Socket(SocketNative.FamilyInet, Type, 0), "socket", name);
            Call(own, name, request, code, call);
            return;
        }

        WriteName(request, name);
        if (SocketNative.Control(socket.Number, code, request) < 0)
            throw new NativeException(call, name, Marshal.GetLastPInvokeError(), "CAP_NET_ADMIN");
    }
}
