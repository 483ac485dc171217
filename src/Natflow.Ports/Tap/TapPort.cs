using Natflow.Memory;

namespace Natflow.Ports.Tap;

/// <summary>
/// A virtual Ethernet interface whose other end is this process: what the kernel sends into it is received here, what is transmitted here the
/// kernel receives. For point-to-point tests and VPN-like set-ups.
/// </summary>
/// <remarks>
/// The kernel completes checksums and cuts super-frames before it hands frames over, for this port promises no offload. The interface
/// disappears with the port, or with the process. Opening needs CAP_NET_ADMIN.
/// </remarks>
public sealed class TapPort : IPacketPort
{
    private readonly TunDevice _device;
    private readonly TapQueue[] _queues;

    /// <summary>Makes the interface in the calling thread's network namespace.</summary>
    /// <param name="settings">Name and addresses.</param>
    /// <param name="portIndex">Number of the port in the gateway.</param>
    /// <param name="umem">Frame memory.</param>
    /// <param name="pools">The workers' free chunks of that memory: one for each queue. The kernel divides frames among queues by flow.</param>
    /// <exception cref="NativeException">No /dev/net/tun, no permission, the name is taken, or a setting was refused; the message says which.</exception>
    public TapPort(TapSettings settings, byte portIndex, Umem umem, IReadOnlyList<ChunkPool> pools)
    {
        ArgumentOutOfRangeException.ThrowIfZero(pools.Count, nameof(pools));
        _device = TunDevice.OpenTap(settings.InterfaceName, pools.Count);
        _queues = [.. pools.Select((pool, index) => new TapQueue(_device.Queue(index), portIndex, umem, pool))];
        try
        {
            Configure(settings);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Name of the interface.</summary>
    public string Name => _device.Name;

    /// <inheritdoc />
    public int QueueCount => _queues.Length;

    /// <inheritdoc />
    IPortQueue IPacketPort.Queue(int index) => _queues[index];

    /// <summary>Gives a queue to its worker.</summary>
    /// <param name="index">0 to <see cref="QueueCount"/> - 1.</param>
    public TapQueue Queue(int index) => _queues[index];

    /// <summary>Closes the queues; the interface goes with them.</summary>
    public void Dispose()
    {
        _device.Dispose();
        foreach (TapQueue queue in _queues)
            queue.Drops.Dispose();
    }

    private void Configure(TapSettings settings)
    {
        if (settings.MacAddress is { } address)
            LinkControl.WriteMac(Name, address);
        if (settings.MtuBytes is { } mtuBytes)
            LinkControl.WriteMtu(Name, mtuBytes);
        if (settings.IsUp)
            LinkControl.SetUp(Name);
    }
}
