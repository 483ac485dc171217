using System.Runtime.InteropServices;
using Natflow.Bpf;
using Natflow.Memory;

namespace Natflow.Ports.AfXdp;

/// <summary>A bound AF_XDP socket with its mapped rings: the fill and completion ring are its own, as each interface and queue needs.</summary>
internal sealed unsafe class XskSocket : IDisposable
{
    private const int SendBufferBytes = 16 << 20;

    private readonly AfXdpUmem _umem;
    private readonly MappedRing[] _mappings = new MappedRing[4];
    private bool _isClosed;

    private XskSocket(FileDescriptor descriptor, AfXdpUmem umem, int ringSize, string subject)
    {
        Descriptor = descriptor;
        _umem = umem;
        XskNative.Offsets offsets;
        uint offsetsBytes = (uint)sizeof(XskNative.Offsets);
        if (SocketNative.GetOption(descriptor.Number, SocketNative.LevelXdp, XskNative.OptionOffsets, &offsets, &offsetsBytes) < 0)
            throw new NativeException("XDP_MMAP_OFFSETS", subject);

        Receive = Map(0, offsets.Receive, sizeof(XskNative.Descriptor), XskNative.PageReceive, ringSize, subject);
        Transmit = Map(1, offsets.Transmit, sizeof(XskNative.Descriptor), XskNative.PageTransmit, ringSize, subject);
        Fill = Map(2, offsets.Fill, sizeof(ulong), XskNative.PageFill, ringSize, subject);
        Completion = Map(3, offsets.Completion, sizeof(ulong), XskNative.PageCompletion, ringSize, subject);
    }

    /// <summary>The socket.</summary>
    internal FileDescriptor Descriptor { get; }

    /// <summary>Its receive ring, as it was opened: copy it once, to where it is used.</summary>
    internal XskRing Receive { get; }

    /// <inheritdoc cref="Receive"/>
    internal XskRing Transmit { get; }

    /// <inheritdoc cref="Receive"/>
    internal XskRing Fill { get; }

    /// <inheritdoc cref="Receive"/>
    internal XskRing Completion { get; }

    /// <summary>Opens and binds a socket.</summary>
    /// <param name="umem">Its frame memory.</param>
    /// <param name="attachment">The interface.</param>
    /// <param name="queueIndex">The interface's queue.</param>
    /// <param name="settings">Rings and wakeups.</param>
    /// <param name="isZeroCopy">Without a copy, or by one.</param>
    /// <param name="errno">0, or why the kernel does not bind it so.</param>
    /// <exception cref="BpfException">It could not be bound in any way.</exception>
    internal static XskSocket? TryOpen(
        AfXdpUmem umem, XdpAttachment attachment, int queueIndex, AfXdpSettings settings, bool isZeroCopy, out int errno)
    {
        string subject = $"{attachment.InterfaceName} queue {queueIndex}";
        FileDescriptor descriptor = OpenDescriptor(subject);
        XskSocket? socket = null;
        try
        {
            FileDescriptor? shared = umem.Find(isZeroCopy, settings.UsesNeedWakeup);
            if (shared is null && umem.Register(descriptor) is var registerErrno and not 0)
                throw RegistrationRefused(umem, subject, registerErrno);

            SetRings(descriptor, settings.RingSize, subject);
            socket = new XskSocket(descriptor, umem, settings.RingSize, subject);
            errno = socket.Bind(attachment.InterfaceIndex, queueIndex, settings.UsesNeedWakeup, isZeroCopy, shared);
            if (errno == 0)
            {
                umem.Add(isZeroCopy, settings.UsesNeedWakeup, descriptor);
                return socket;
            }
        }
        catch
        {
            socket?.Dispose();
            descriptor.Dispose();
            throw;
        }

        socket.Dispose();
        return null;
    }

    /// <summary>The kernel's counters.</summary>
    internal AfXdpStatistics ReadStatistics()
    {
        AfXdpStatistics statistics;
        uint bytes = (uint)sizeof(AfXdpStatistics);
        return SocketNative.GetOption(Descriptor.Number, SocketNative.LevelXdp, XskNative.OptionStatistics, &statistics, &bytes) == 0
            ? statistics
            : default;
    }

    /// <summary>Sets an option.</summary>
    /// <returns>0 or an errno.</returns>
    internal int SetOption(int level, int option, int value) =>
        SocketNative.SetOption(Descriptor.Number, level, option, &value, sizeof(int)) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>Closes the socket and leaves the rings readable: the kernel has given up what is in them.</summary>
    internal void Close()
    {
        if (_isClosed)
            return;
        _isClosed = true;
        _umem.Remove(Descriptor);
        Descriptor.Dispose();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Close();
        foreach (MappedRing? mapping in _mappings)
            mapping?.Dispose();
    }

    private static FileDescriptor OpenDescriptor(string subject)
    {
        int fd = SocketNative.Socket(SocketNative.FamilyXdp, SocketNative.TypeRaw | SocketNative.TypeCloseOnExec, 0);
        if (fd >= 0)
            return FileDescriptor.Take(fd, "socket", subject);
        var cause = new NativeException("socket(AF_XDP)", subject);
        string advice = cause.Errno is Memory.Errno.NotPermitted or Memory.Errno.AccessDenied
            ? "needs CAP_NET_RAW, or root"
            : "the kernel needs CONFIG_XDP_SOCKETS";
        throw new BpfException($"{cause.Message}; {advice}", cause.Errno, cause);
    }

    private static BpfException RegistrationRefused(AfXdpUmem umem, string subject, int errno)
    {
        var cause = new NativeException("XDP_UMEM_REG", $"{subject}, {umem.Memory.LengthBytes} bytes", errno);
        string advice = errno is Memory.Errno.NoBuffers or Memory.Errno.NoMemory
            ? "; frame memory is pinned: raise RLIMIT_MEMLOCK (systemd: LimitMEMLOCK=) or give CAP_IPC_LOCK"
            : "";
        return new BpfException(cause.Message + advice, errno, cause);
    }

    private static void SetRings(FileDescriptor descriptor, int ringSize, string subject)
    {
        ReadOnlySpan<int> rings =
            [XskNative.OptionReceiveRing, XskNative.OptionTransmitRing, XskNative.OptionFillRing, XskNative.OptionCompletionRing];
        foreach (int ring in rings)
        {
            if (SocketNative.SetOption(descriptor.Number, SocketNative.LevelXdp, ring, &ringSize, sizeof(int)) < 0)
                throw new NativeException("setsockopt(SOL_XDP)", $"{subject}, ring of {ringSize}");
        }

        // Where packet buffers are charged to the socket, the default of 208 KiB would hold fewer frames than the ring. Needs CAP_NET_ADMIN;
        // without, the ring just fills earlier.
        int bytes = SendBufferBytes;
        _ = SocketNative.SetOption(descriptor.Number, SocketNative.LevelSocket, XskNative.SocketSendBufferForce, &bytes, sizeof(int));
    }

    private XskRing Map(int index, in XskNative.RingOffsets offsets, int entryBytes, long page, int ringSize, string subject)
    {
        var mapping = new MappedRing(Descriptor, (nuint)(offsets.Entries + (ulong)(entryBytes * ringSize)), (nint)page, subject);
        _mappings[index] = mapping;
        return new XskRing(mapping.Base, offsets, ringSize);
    }

    private int Bind(int interfaceIndex, int queueIndex, bool usesNeedWakeup, bool isZeroCopy, FileDescriptor? shared)
    {
        int flags = (isZeroCopy ? XskNative.BindZeroCopy : XskNative.BindCopy) | (usesNeedWakeup ? XskNative.BindNeedWakeup : 0);
        var address = new XskNative.Address
        {
            Family = SocketNative.FamilyXdp,
            Flags = (ushort)(shared is null ? flags : XskNative.BindSharedUmem), // A sharing socket inherits the rest.
            InterfaceIndex = (uint)interfaceIndex,
            QueueIndex = (uint)queueIndex,
            SharedUmemFd = (uint)(shared?.Number ?? 0),
        };
        return SocketNative.Bind(Descriptor.Number, &address, (uint)sizeof(XskNative.Address)) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }
}
