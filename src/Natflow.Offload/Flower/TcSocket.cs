using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Natflow.Memory;

namespace Natflow.Offload.Flower;

/// <summary>A socket to the kernel's traffic control, in the network namespace of the thread that opened it. One thread at a time.</summary>
internal sealed unsafe class TcSocket : SafeHandle, ITcTransport
{
    private const int WaitSeconds = 5;
    private const int RepliesMax = 64; // Late answers of requests that were given up.

    private readonly byte[] _buffer = new byte[ITcTransport.ReplyBytesMax];
    private uint _sequence;

    /// <summary>Opens it.</summary>
    /// <exception cref="NativeException">No descriptors left.</exception>
    internal TcSocket()
        : base(-1, ownsHandle: true)
    {
        int fd = FlowerNative.Socket(FlowerNative.FamilyNetlink, FlowerNative.RawCloseOnExec, FlowerNative.ProtocolRoute);
        if (fd < 0) throw new NativeException("socket", "AF_NETLINK NETLINK_ROUTE");
        SetHandle(fd);
        var address = new FlowerNative.SocketAddress { Family = FlowerNative.FamilyNetlink };
        if (FlowerNative.Bind(this, &address, sizeof(FlowerNative.SocketAddress)) != 0)
        {
            var failure = new NativeException("bind", "AF_NETLINK NETLINK_ROUTE");
            Dispose();
            throw failure;
        }

        // Without these the answers are longer and say less; without the limit a lost answer would hang the offload actor.
        int on = 1;
        _ = FlowerNative.SetOption(this, FlowerNative.LevelNetlink, FlowerNative.OptionExtAck, &on, sizeof(int));
        _ = FlowerNative.SetOption(this, FlowerNative.LevelNetlink, FlowerNative.OptionCapAck, &on, sizeof(int));
        var limit = new FlowerNative.TimeValue { Seconds = WaitSeconds };
        _ = FlowerNative.SetOption(this, FlowerNative.LevelSocket, FlowerNative.OptionReceiveTimeout, &limit, sizeof(FlowerNative.TimeValue));
    }

    /// <inheritdoc />
    public override bool IsInvalid => handle == -1;

    /// <inheritdoc />
    public int Ask(Span<byte> request, Span<byte> reply, out int replyBytes, out string text)
    {
        replyBytes = 0;
        text = "";
        BinaryPrimitives.WriteUInt32LittleEndian(request[8..], ++_sequence);
        int errno = Send(request);
        for (int i = 0; errno == 0 && i < RepliesMax; i++)
        {
            errno = Receive(out int lengthBytes);
            if (errno != 0) break;
            if (TcReply.TryRead(_buffer.AsSpan(0, lengthBytes), _sequence, reply, out replyBytes, out errno, out text)) return errno;
        }

        return errno is 0 or Errno.Again ? Errno.TimedOut : errno;
    }

    /// <inheritdoc />
    protected override bool ReleaseHandle() => FlowerNative.Close(handle) == 0;

    private int Send(ReadOnlySpan<byte> request)
    {
        var kernel = new FlowerNative.SocketAddress { Family = FlowerNative.FamilyNetlink };
        fixed (byte* bytes = request)
        {
            while (FlowerNative.SendTo(this, bytes, (nuint)request.Length, 0, &kernel, sizeof(FlowerNative.SocketAddress)) < 0)
            {
                int errno = Marshal.GetLastPInvokeError();
                if (errno != Errno.Interrupted) return errno;
            }
        }

        return 0;
    }

    private int Receive(out int lengthBytes)
    {
        fixed (byte* bytes = _buffer)
        {
            while (true)
            {
                var sender = default(FlowerNative.SocketAddress);
                int senderBytes = sizeof(FlowerNative.SocketAddress);
                lengthBytes = (int)FlowerNative.ReceiveFrom(this, bytes, (nuint)_buffer.Length, 0, &sender, &senderBytes);
                if (lengthBytes >= 0 && sender.PortId == 0) return 0; // The kernel; any process may send to a netlink socket.
                int errno = lengthBytes < 0 ? Marshal.GetLastPInvokeError() : 0;
                lengthBytes = 0;
                if (errno is not (0 or Errno.Interrupted)) return errno;
            }
        }
    }
}
