using System.Runtime.InteropServices;
using Natflow.Memory;

namespace Natflow.Ports;

/// <summary>Memory shared with the kernel through a descriptor: the rings of a socket.</summary>
internal sealed unsafe class MappedRing : SafeHandle
{
    private readonly nuint _lengthBytes;

    /// <summary>Maps memory of a socket, readable and writable, all pages resident.</summary>
    /// <param name="descriptor">The socket.</param>
    /// <param name="lengthBytes">Size in bytes.</param>
    /// <param name="offset">Which part: the socket family's own numbers.</param>
    /// <param name="subject">Interface and purpose, for the error.</param>
    internal MappedRing(FileDescriptor descriptor, nuint lengthBytes, nint offset, string subject)
        : base(0, ownsHandle: true)
    {
        _lengthBytes = lengthBytes;
        nint mapped = SocketNative.Map(
            0, lengthBytes, SocketNative.ProtectReadWrite, SocketNative.MapShared | SocketNative.MapPopulate, descriptor.Number, offset);
        if (mapped == SocketNative.MapFailed)
            throw new NativeException("mmap", $"{subject}, {lengthBytes} bytes");
        SetHandle(mapped);
    }

    /// <inheritdoc />
    public override bool IsInvalid => handle == 0;

    /// <summary>First byte. Valid until disposal.</summary>
    internal byte* Base => (byte*)handle;

    /// <inheritdoc />
    protected override bool ReleaseHandle() => SocketNative.Unmap(handle, _lengthBytes) == 0;
}
