using System.Runtime.InteropServices;
using Natflow.Bpf;
using Natflow.Memory;

namespace Natflow.Ports.AfXdp;

/// <summary>
/// Frame memory known to the kernel, for the sockets of all ports and workers: what one port received another sends without a copy.
/// </summary>
/// <remarks>
/// All sockets of one registration move frames the same way (<c>XDP_SHARED_UMEM</c>), so there is one for each way in use: the first
/// socket of a way registers the memory, later ones join it. The host opens and closes ports on one thread.
/// </remarks>
public sealed unsafe class AfXdpUmem
{
    private const int ChunkBytesMin = 2048;

    private readonly List<(bool IsZeroCopy, bool UsesNeedWakeup, FileDescriptor Socket)> _registrations = [];

    /// <summary>Takes frame memory.</summary>
    /// <param name="memory">Chunks of 2,048 bytes up to a page. Must outlive the ports.</param>
    /// <exception cref="BpfException">The chunks have another size.</exception>
    public AfXdpUmem(Umem memory)
    {
        if (memory.ChunkBytes < ChunkBytesMin || memory.ChunkBytes > Environment.SystemPageSize)
            throw new BpfException($"AF_XDP needs chunks of {ChunkBytesMin} to {Environment.SystemPageSize} bytes, not {memory.ChunkBytes}");
        Memory = memory;
    }

    /// <summary>The chunks.</summary>
    public Umem Memory { get; }

    /// <summary>Longest frame that can be received, link header and tags counted.</summary>
    public int FrameBytesMax => Memory.ChunkBytes - XskNative.PacketHeadroomBytes;

    /// <summary>Number of registrations in use: the kernel pins and accounts the memory once for each.</summary>
    public int RegistrationCount => _registrations.Count;

    /// <summary>The socket to share with, or null where a new socket has to register the memory.</summary>
    internal FileDescriptor? Find(bool isZeroCopy, bool usesNeedWakeup)
    {
        foreach ((bool isZeroCopy2, bool usesNeedWakeup2, FileDescriptor socket) in _registrations)
        {
            if (isZeroCopy2 == isZeroCopy && usesNeedWakeup2 == usesNeedWakeup)
                return socket;
        }

        return null;
    }

    /// <summary>Registers the memory with a socket.</summary>
    /// <returns>0 or an errno.</returns>
    internal int Register(FileDescriptor socket)
    {
        var registration = new XskNative.UmemRegistration
        {
            Address = (ulong)Memory.Base,
            LengthBytes = (ulong)Memory.LengthBytes,
            ChunkBytes = (uint)Memory.ChunkBytes,
        };
        return SocketNative.SetOption(
            socket.Number, SocketNative.LevelXdp, XskNative.OptionUmem, &registration, (uint)sizeof(XskNative.UmemRegistration)) == 0
            ? 0
            : Marshal.GetLastPInvokeError();
    }

    /// <summary>Lets later sockets share a bound one.</summary>
    internal void Add(bool isZeroCopy, bool usesNeedWakeup, FileDescriptor socket) => _registrations.Add((isZeroCopy, usesNeedWakeup, socket));

    /// <summary>Before a socket closes: those that share it live on, new ones register anew.</summary>
    internal void Remove(FileDescriptor socket) => _registrations.RemoveAll(registration => registration.Socket == socket);
}
