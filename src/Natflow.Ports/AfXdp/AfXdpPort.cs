using System.Runtime.InteropServices;
using Natflow.Bpf;
using Natflow.Memory;

namespace Natflow.Ports.AfXdp;

/// <summary>
/// An interface through AF_XDP sockets, one a queue. An XDP program that knows the sockets must be attached; which one is the
/// caller's choice.
/// </summary>
/// <remarks>Opened and disposed of by the host, with the workers stopped; the queues belong to the workers.</remarks>
public sealed class AfXdpPort : IPacketPort
{
    private const int NetworkDown = 100; // ENETDOWN
    private const int BusyAttemptsMax = 200;
    private const int BusyWaitMs = 10;
    private const int LinkHeaderBytesMax = 14 + (2 * 4);

    private static readonly string[] VirtualDrivers =
        ["veth", "tun", "tap", "virtio_net", "vmxnet3", "vif", "bridge", "macvlan", "dummy", "netkit", "hv_netvsc"];

    private readonly XdpAttachment _attachment;
    private readonly XskSocketMap _sockets;
    private readonly List<AfXdpQueue> _queues = [];
    private readonly int _queueCount;
    private readonly uint _socketBase;
    private readonly bool? _receiveVlanBefore;
    private bool _isDisposed;

    private AfXdpPort(XdpAttachment attachment, XskSocketMap sockets, int queueCount)
    {
        _attachment = attachment;
        _sockets = sockets;
        _queueCount = queueCount;
        _socketBase = sockets.AddPort(attachment.InterfaceIndex, queueCount);
        _receiveVlanBefore = LinkDriver.TrySetReceiveVlan(attachment.InterfaceName, isOn: false);
    }

    /// <inheritdoc />
    public string Name => _attachment.InterfaceName;

    /// <inheritdoc />
    public int QueueCount => _queues.Count;

    /// <summary>How each queue really runs: said in the log at the start, and in <c>natflow status</c>.</summary>
    public IReadOnlyList<AfXdpQueueMode> Modes => _queues.ConvertAll(queue => queue.Mode);

    /// <summary>Opens the sockets of an interface's queues.</summary>
    /// <param name="attachment">The program on the interface. Stays the caller's: dispose of it after the port.</param>
    /// <param name="sockets">Where that program looks for sockets.</param>
    /// <param name="umem">Frame memory of all ports.</param>
    /// <param name="pools">Pools of the workers: queue i is polled by the worker of pool i modulo their number.</param>
    /// <param name="settings">How.</param>
    /// <exception cref="BpfException">Refused: a fallback that is not wanted, an MTU beyond a chunk, a queue in use, no permission.</exception>
    /// <exception cref="NativeException">The interface vanished.</exception>
    public static AfXdpPort Open(
        XdpAttachment attachment, XskSocketMap sockets, AfXdpUmem umem, IReadOnlyList<ChunkPool> pools, AfXdpSettings settings)
    {
        string name = attachment.InterfaceName;
        settings.Check(name);
        if (settings.RefusesFallback && attachment.FallbackReason is { } refused)
            throw new BpfException($"{name}: fallback to generic XDP is refused by configuration: {refused}");
        int mtuBytes = LinkControl.ReadMtu(name);
        if (mtuBytes + LinkHeaderBytesMax > umem.FrameBytesMax)
        {
            throw new BpfException(
                $"{name}: an MTU of {mtuBytes} does not fit a chunk of {umem.Memory.ChunkBytes} bytes: "
                + $"lower it to {umem.FrameBytesMax - LinkHeaderBytesMax} or use larger chunks");
        }

        int present = LinkDriver.ReceiveQueueCount(name);
        if (settings.QueueCount > present)
            throw new BpfException($"{name}: {settings.QueueCount} queues are asked for, it has {present}");
        var port = new AfXdpPort(attachment, sockets, settings.QueueCount == 0 ? present : settings.QueueCount);
        try
        {
            port.OpenQueues(umem, pools, settings);
            return port;
        }
        catch
        {
            port.Dispose();
            throw;
        }
    }

    /// <summary>The queue as what it is, with its counters.</summary>
    /// <param name="index">0 to <see cref="QueueCount"/> - 1.</param>
    public AfXdpQueue XdpQueue(int index) => _queues[index];

    /// <inheritdoc />
    public IPortQueue Queue(int index) => _queues[index];

    /// <summary>Closes the sockets and restores the interface's offloads. The program stays: it drops what is the gateway's until it is detached.</summary>
    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _sockets.RemovePort(_attachment.InterfaceIndex, _socketBase, _queueCount);
        foreach (AfXdpQueue queue in _queues)
            queue.Dispose();
        if (_receiveVlanBefore == true)
            _ = LinkDriver.TrySetReceiveVlan(Name, isOn: true);
    }

    private void OpenQueues(AfXdpUmem umem, IReadOnlyList<ChunkPool> pools, AfXdpSettings settings)
    {
        string driver = LinkDriver.NameOf(Name);
        bool completesChecksums = settings.Checksums == ChecksumCompletion.On
            || (settings.Checksums == ChecksumCompletion.Auto && VirtualDrivers.Contains(driver, StringComparer.Ordinal));
        for (int i = 0; i < _queueCount; i++)
        {
            XskSocket socket = OpenSocket(umem, settings, i, out bool isZeroCopy, out List<string> reasons);
            AfXdpQueueMode mode = Tune(socket, settings, i, isZeroCopy, reasons) with { CompletesChecksums = completesChecksums };
            _queues.Add(new AfXdpQueue(socket, mode, umem.Memory, pools[i % pools.Count], settings.PortIndex));
            _sockets.SetSocket(_socketBase + (uint)i, socket.Descriptor.Number);
        }
    }

    private XskSocket OpenSocket(AfXdpUmem umem, AfXdpSettings settings, int queueIndex, out bool isZeroCopy, out List<string> reasons)
    {
        reasons = [];
        if (_attachment.FallbackReason is { } generic)
            reasons.Add(generic);
        if (settings.ZeroCopy != ZeroCopyMode.Forbidden)
        {
            // A driver never gives zero-copy to a program that runs after it made its packet buffers.
            int errno = Memory.Errno.NotSupported;
            isZeroCopy = true;
            if (_attachment.IsNative && TryOpen(umem, settings, queueIndex, isZeroCopy, out errno) is { } socket)
                return socket;
            string reason = $"zero-copy: {(_attachment.IsNative ? Reason(errno) : "needs native XDP")}";
            if (settings.ZeroCopy == ZeroCopyMode.Required || settings.RefusesFallback)
                throw new BpfException($"{Name} queue {queueIndex}: fallback to copy mode is refused by configuration: {reason}", errno);
            ThrowUnlessCopyMayWork(queueIndex, errno);
            reasons.Add(reason);
        }

        isZeroCopy = false;
        return TryOpen(umem, settings, queueIndex, isZeroCopy, out int copyErrno) ?? throw Unbound(queueIndex, copyErrno);
    }

    // The kernel gives a closed socket's queue free some milliseconds later: a restart must not fail by that.
    private unsafe XskSocket? TryOpen(AfXdpUmem umem, AfXdpSettings settings, int queueIndex, bool isZeroCopy, out int errno)
    {
        for (int attempt = 1; ; attempt++)
        {
            XskSocket? socket = XskSocket.TryOpen(umem, _attachment, queueIndex, settings, isZeroCopy, out errno);
            if (socket is not null || errno != Memory.Errno.Busy || attempt == BusyAttemptsMax)
                return socket;
            _ = SocketNative.Poll(null, 0, BusyWaitMs);
        }
    }

    private AfXdpQueueMode Tune(XskSocket socket, AfXdpSettings settings, int queueIndex, bool isZeroCopy, List<string> reasons)
    {
        int budget = Math.Min(settings.RingSize, Core.FrameDescriptor.BurstMax);
        int errno = socket.SetOption(SocketNative.LevelXdp, XskNative.OptionTransmitBudget, budget);
        if (errno != 0)
        {
            budget = XskNative.TransmitBudgetDefault;
            if (!isZeroCopy)
                reasons.Add($"transmit budget: {Reason(errno)}, Linux 6.17 has it");
        }

        bool isBusyPolled = settings.BusyPollMicroseconds != 0;
        if (isBusyPolled)
        {
            errno = socket.SetOption(SocketNative.LevelSocket, XskNative.SocketPreferBusyPoll, 1);
            errno = errno != 0 ? errno : socket.SetOption(SocketNative.LevelSocket, XskNative.SocketBusyPoll, settings.BusyPollMicroseconds);
            errno = errno != 0 ? errno : socket.SetOption(SocketNative.LevelSocket, XskNative.SocketBusyPollBudget, settings.BusyPollBudget);
            isBusyPolled = errno == 0;
            if (!isBusyPolled && settings.RefusesFallback)
                throw Refused(socket, $"{Name} queue {queueIndex}: busy polling was asked for: {Reason(errno)}", errno);
            if (!isBusyPolled)
                reasons.Add($"busy-poll: {Reason(errno)}");
        }

        return new AfXdpQueueMode(
            queueIndex, _attachment.IsNative, isZeroCopy, settings.UsesNeedWakeup, isBusyPolled, settings.RingSize, budget, false, reasons);
    }

    private static BpfException Refused(XskSocket socket, string message, int errno)
    {
        socket.Dispose();
        return new BpfException(message, errno);
    }

    // A queue that is in use or an interface that is down is no matter of the mode.
    private void ThrowUnlessCopyMayWork(int queueIndex, int errno)
    {
        if (errno is Memory.Errno.Busy or NetworkDown or Memory.Errno.NotPermitted)
            throw Unbound(queueIndex, errno);
    }

    private BpfException Unbound(int queueIndex, int errno)
    {
        string advice = errno switch
        {
            Memory.Errno.Busy => "; another AF_XDP socket uses the queue, perhaps another gateway's",
            NetworkDown => $"; the interface is down: `ip link set {Name} up`",
            Memory.Errno.NotPermitted => "; needs CAP_NET_RAW, or root",
            _ => "",
        };
        return new BpfException($"{Name} queue {queueIndex}: the AF_XDP socket cannot be bound: {Reason(errno)}{advice}", errno);
    }

    private static string Reason(int errno) => $"{Marshal.GetPInvokeErrorMessage(errno)} ({Memory.Errno.NameOf(errno)})";
}
