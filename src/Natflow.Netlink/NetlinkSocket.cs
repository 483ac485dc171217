using System.Runtime.InteropServices;
using Natflow.Memory;
using Natflow.Netlink.Messages;

namespace Natflow.Netlink;

/// <summary>
/// A socket to the kernel's rtnetlink (NETLINK_ROUTE). It belongs to the network namespace in which it was opened. One thread at a time.
/// </summary>
/// <remarks>Never blocks in send or receive; <see cref="Wait"/> and <see cref="Dump"/> wait, with a limit.</remarks>
public sealed unsafe class NetlinkSocket : SafeHandle
{
    /// <summary>Room for any message of the kernel: dumps come in datagrams of at most 32 KiB.</summary>
    public const int BufferBytes = 64 << 10;

    private const int DumpSilenceMillisecondsMax = 10_000;

    private uint _portId;
    private uint _sequence;

    /// <summary>Opens a socket in the namespace of the calling thread.</summary>
    /// <exception cref="NativeException">No descriptors left.</exception>
    public NetlinkSocket()
        : base(-1, ownsHandle: true)
    {
        int fd = NetlinkNative.Socket(NetlinkNative.FamilyNetlink, NetlinkNative.RawCloseOnExec, NetlinkNative.ProtocolRoute);
        if (fd < 0)
            throw new NativeException("socket", "AF_NETLINK NETLINK_ROUTE");
        SetHandle(fd);
        Bind();

        // Kernels before 4.20 lack strict checking, before 4.12 the texts: dumps then hold more than asked for, which the parsers ignore.
        _ = TrySetOption(NetlinkNative.LevelNetlink, NetlinkNative.OptionStrictCheck, 1);
        _ = TrySetOption(NetlinkNative.LevelNetlink, NetlinkNative.OptionExtAck, 1);
        _ = TrySetOption(NetlinkNative.LevelNetlink, NetlinkNative.OptionCapAck, 1);
    }

    /// <inheritdoc />
    public override bool IsInvalid => handle == -1;

    /// <summary>Messages that were dropped because another process than the kernel sent them, or they answered an older request.</summary>
    public long StrangerCount { get; private set; }

    /// <summary>Number of the descriptor, for poll; valid while the socket lives.</summary>
    internal int Fd => (int)handle;

    /// <summary>Opens a socket in a namespace.</summary>
    /// <param name="namespaceName">As <c>ip netns list</c> shows it; null is the namespace of the calling thread.</param>
    /// <exception cref="NativeException">No descriptors left, or no such namespace.</exception>
    public static NetlinkSocket Open(string? namespaceName = null) =>
        namespaceName is null
        ? new NetlinkSocket()
        : NetworkNamespace.Run(namespaceName, static () => new NetlinkSocket());

    /// <summary>Asks for the notifications of a group.</summary>
    /// <param name="group">One of <see cref="NotificationGroup"/>.</param>
    /// <exception cref="NativeException">The kernel does not know the group.</exception>
    public void Join(NotificationGroup group)
    {
        if (!TrySetOption(NetlinkNative.LevelNetlink, NetlinkNative.OptionAddMembership, (int)group))
            throw new NativeException("setsockopt NETLINK_ADD_MEMBERSHIP", group.ToString());
    }

    /// <summary>Sets the receive buffer, beyond the system's limit where CAP_NET_ADMIN allows it.</summary>
    /// <param name="lengthBytes">Wanted size.</param>
    /// <returns>False when the system's limit <c>net.core.rmem_max</c> cuts it.</returns>
    public bool TrySetReceiveBuffer(int lengthBytes)
    {
        if (TrySetOption(NetlinkNative.LevelSocket, NetlinkNative.OptionReceiveBufferForce, lengthBytes)) return true;
        _ = TrySetOption(NetlinkNative.LevelSocket, NetlinkNative.OptionReceiveBuffer, lengthBytes);
        return false;
    }

    /// <summary>Sends a request.</summary>
    /// <param name="request">From <see cref="RequestWriter.Finish"/>; sequence and port are filled in.</param>
    /// <returns>0, or the errno: EAGAIN and ENOBUFS mean that there is no room now.</returns>
    public int TrySend(Span<byte> request)
    {
        MemoryMarshal.Write(request[8..], ++_sequence);
        MemoryMarshal.Write(request[12..], _portId);
        var kernel = new NetlinkNative.SocketAddress { Family = NetlinkNative.FamilyNetlink };
        fixed (byte* bytes = request)
        {
            while (true)
            {
                nint sent = NetlinkNative.SendTo(
                    this, bytes, (nuint)request.Length, NetlinkNative.MessageDontWait, &kernel, sizeof(NetlinkNative.SocketAddress));
                if (sent >= 0) return 0;
                int errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.Interrupted) return errno;
            }
        }
    }

    /// <summary>Takes a datagram, if one of the kernel's is there.</summary>
    /// <param name="buffer"><see cref="BufferBytes"/> long.</param>
    /// <param name="lengthBytes">Length of the datagram on <see cref="ReceiveStatus.Received"/>.</param>
    /// <exception cref="NativeException">The socket is broken.</exception>
    public ReceiveStatus TryReceive(Span<byte> buffer, out int lengthBytes)
    {
        fixed (byte* bytes = buffer)
        {
            while (true)
            {
                var sender = default(NetlinkNative.SocketAddress);
                var vector = new NetlinkNative.IoVector { Base = bytes, LengthBytes = (nuint)buffer.Length };
                var message = new NetlinkNative.MessageHeader
                {
                    Name = &sender,
                    NameBytes = sizeof(NetlinkNative.SocketAddress),
                    Vectors = &vector,
                    VectorCount = 1,
                };
                lengthBytes = (int)NetlinkNative.ReceiveMessage(this, &message, NetlinkNative.MessageDontWait);
                if (lengthBytes < 0)
                {
                    int errno = Marshal.GetLastPInvokeError();
                    lengthBytes = 0;
                    if (errno == Errno.Interrupted) continue;
                    if (errno == Errno.Again) return ReceiveStatus.Empty;
                    return errno == Errno.NoBuffers ? ReceiveStatus.Lost : throw new NativeException("recvmsg", "netlink", errno);
                }

                if (sender.PortId == 0) // The kernel. Any process may send to a netlink socket.
                    return (message.Flags & NetlinkNative.MessageTruncated) == 0 ? ReceiveStatus.Received : ReceiveStatus.Lost;
                StrangerCount++;
            }
        }
    }

    /// <summary>Waits until something can be received.</summary>
    /// <param name="timeoutMilliseconds">0 or more; -1 waits for ever.</param>
    /// <returns>False when the time is over, or a signal came.</returns>
    public bool Wait(int timeoutMilliseconds)
    {
        var entry = new NetlinkNative.PollEntry { Fd = Fd, Events = NetlinkNative.PollIn };
        return NetlinkNative.Poll(&entry, 1, timeoutMilliseconds) > 0;
    }

    /// <summary>Asks for a table and takes its entries.</summary>
    /// <param name="request">With <see cref="MessageFlags.Dump"/>.</param>
    /// <param name="buffer"><see cref="BufferBytes"/> long.</param>
    /// <param name="handler">Gets each entry.</param>
    /// <returns>How it ended; entries that came before an error have been handed on.</returns>
    /// <exception cref="NativeException">The socket is broken.</exception>
    public DumpResult Dump(Span<byte> request, Span<byte> buffer, NetlinkMessageHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        int errno = TrySend(request);
        if (errno != 0) return new DumpResult(DumpStatus.Refused, errno);
        bool isInterrupted = false;
        while (true)
        {
            switch (TryReceive(buffer, out int lengthBytes))
            {
                case ReceiveStatus.Empty when !Wait(DumpSilenceMillisecondsMax):
                    return new DumpResult(DumpStatus.TimedOut);
                case ReceiveStatus.Lost:
                    return new DumpResult(DumpStatus.Lost);
            }

            DumpResult? end = TakeDatagram(buffer[..lengthBytes], handler, ref isInterrupted);
            if (end is { } result) return result;
        }
    }

    /// <inheritdoc />
    protected override bool ReleaseHandle() => NetlinkNative.Close(handle) == 0;

    private void Bind()
    {
        var address = new NetlinkNative.SocketAddress { Family = NetlinkNative.FamilyNetlink };
        int addressBytes = sizeof(NetlinkNative.SocketAddress);
        if (NetlinkNative.Bind(this, &address, addressBytes) != 0 || NetlinkNative.GetName(this, &address, &addressBytes) != 0)
        {
            var failure = new NativeException("bind", "AF_NETLINK NETLINK_ROUTE");
            Dispose();
            throw failure;
        }

        _portId = address.PortId;
    }

    private bool TrySetOption(int level, int option, int value) =>
        NetlinkNative.SetOption(this, level, option, &value, sizeof(int)) == 0;

    private DumpResult? TakeDatagram(ReadOnlySpan<byte> datagram, NetlinkMessageHandler handler, ref bool isInterrupted)
    {
        var messages = new MessageReader(datagram);
        while (messages.TryNext(out NetlinkHeader header, out ReadOnlySpan<byte> payload))
        {
            if (header.Sequence != _sequence || header.PortId != _portId)
            {
                StrangerCount++; // The rest of an earlier dump that was given up.
                continue;
            }

            isInterrupted |= (header.Flags & MessageFlags.DumpInterrupted) != 0;
            if (header.Type is not (MessageType.Done or MessageType.Error))
            {
                if (header.Type > MessageType.Overrun) handler(header, payload);
                continue;
            }

            if (!ErrorParser.TryParse(header, payload, out int errno, out string text)) return new DumpResult(DumpStatus.Lost);
            if (errno != 0) return new DumpResult(DumpStatus.Refused, errno, text);
            return new DumpResult(isInterrupted ? DumpStatus.Interrupted : DumpStatus.Complete);
        }

        return messages.IsMalformed ? new DumpResult(DumpStatus.Lost) : null;
    }
}
