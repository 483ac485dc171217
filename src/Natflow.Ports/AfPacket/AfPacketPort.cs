using System.Numerics;
using Natflow.Memory;

namespace Natflow.Ports.AfPacket;

/// <summary>
/// Any network interface, through packet sockets: a receive and a transmit ring a queue, shared with the kernel; frames are divided among the
/// queues by the kernel.
/// </summary>
/// <remarks>
/// <para>
/// The kernel's own stack sees every frame too: whoever forwards here must keep it from forwarding and answering the same packets.
/// Own transmissions are not received. The interface's settings, offloads included, are not touched, so nothing is to be restored
/// when the process ends, however it ends.
/// </para>
/// <para>Opened and closed by the host's thread while no worker polls. Opening needs CAP_NET_RAW, and an interface that exists.</para>
/// </remarks>
public sealed class AfPacketPort : IPacketPort
{
    private const int BlockBytesMin = 128 << 10;

    private readonly AfPacketQueue[] _queues;
    private readonly AfPacketSocket[] _sockets;

    /// <summary>Attaches to an interface.</summary>
    /// <param name="settings">Which, and how.</param>
    /// <param name="portIndex">Number of the port in the gateway.</param>
    /// <param name="umem">Frame memory.</param>
    /// <param name="pools">The workers' free chunks of that memory: one for each queue that is to be made.</param>
    /// <exception cref="NativeException">
    /// No such interface (the message lists those that there are), no permission (it names the capability), or no memory for the rings.
    /// </exception>
    public AfPacketPort(AfPacketSettings settings, byte portIndex, Umem umem, IReadOnlyList<ChunkPool> pools)
    {
        Check(settings, pools);
        Name = settings.InterfaceName;
        int interfaceIndex = LinkControl.IndexOf(Name);
        _queues = new AfPacketQueue[pools.Count];
        _sockets = new AfPacketSocket[pools.Count];
        try
        {
            for (int i = 0; i < pools.Count; i++)
            {
                _sockets[i] = new AfPacketSocket(settings, interfaceIndex, umem.FrameBytesMax);
                _queues[i] = new AfPacketQueue(_sockets[i], settings, portIndex, umem, pools[i]);
            }

            RefreshMtu();
            Start(settings);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public string Name { get; }

    /// <inheritdoc />
    public int QueueCount => _queues.Length;

    /// <summary>Longest IP packet that the interface sends, in bytes, as last read. Longer frames are dropped and counted.</summary>
    public int MtuBytes { get; private set; }

    /// <inheritdoc />
    IPortQueue IPacketPort.Queue(int index) => _queues[index];

    /// <summary>Gives a queue to its worker.</summary>
    /// <param name="index">0 to <see cref="QueueCount"/> - 1.</param>
    public AfPacketQueue Queue(int index) => _queues[index];

    /// <summary>Reads the interface's MTU again, after it changed. Any thread.</summary>
    /// <exception cref="NativeException">The interface is gone.</exception>
    public void RefreshMtu()
    {
        MtuBytes = LinkControl.ReadMtu(Name, _sockets[0].Descriptor);
        foreach (AfPacketQueue queue in _queues)
            queue.MtuBytes = MtuBytes;
    }

    /// <summary>Closes the sockets and rings. Frames in them are lost.</summary>
    public void Dispose()
    {
        foreach (AfPacketQueue? queue in _queues)
            queue?.Close();
        foreach (AfPacketSocket? socket in _sockets)
            socket?.Dispose();
    }

    private void Start(AfPacketSettings settings)
    {
        int? groupId = null;
        foreach (AfPacketSocket socket in _sockets)
        {
            if (_sockets.Length > 1)
                groupId = socket.JoinFanout(settings.Fanout, groupId);
        }

        if (settings.IsPromiscuous)
            _sockets[0].JoinPromiscuous();
        foreach (AfPacketSocket socket in _sockets)
            socket.Listen(settings.FilterFd);
    }

    private static void Check(AfPacketSettings settings, IReadOnlyList<ChunkPool> pools)
    {
        ArgumentOutOfRangeException.ThrowIfZero(pools.Count, nameof(pools));
        if (!BitOperations.IsPow2(settings.BlockBytes) || settings.BlockBytes < BlockBytesMin)
            throw new ArgumentException($"BlockBytes must be a power of two of at least {BlockBytesMin}", nameof(settings));
        if (settings.BlockCount < 2 || settings.BlockTimeoutMs < 1)
            throw new ArgumentException("BlockCount must be at least 2, BlockTimeoutMs at least 1", nameof(settings));
        if (!BitOperations.IsPow2(settings.TransmitSlotCount))
            throw new ArgumentException("TransmitSlotCount must be a power of two", nameof(settings));
    }
}
