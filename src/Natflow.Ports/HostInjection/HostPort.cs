using Natflow.Memory;
using Natflow.Ports.Tap;

namespace Natflow.Ports.HostInjection;

/// <summary>
/// The way back into the kernel: packets addressed to the box itself, which the gateway took off an interface, go to the kernel's IP stack through
/// a TUN interface without an address. The kernel answers by its own routes, out of its own interfaces.
/// </summary>
/// <remarks>
/// <para>One way: what the kernel routes into the interface (nothing, as long as nobody adds a route) is never read.</para>
/// <para>
/// Reverse-path filtering would refuse such packets, for their sources are not reached through this interface. The kernel applies the
/// greater of <c>conf/all/rp_filter</c> and the interface's own: where the first is 0 the second is set to 0. Else it is set to 2 (loose), which
/// overrides a strict 1 and lets in every source that any route leads to; as the kernel is strict on an interface without an address,
/// it then gets 192.0.0.8, the dummy address of RFC 7600. <see cref="IsReversePathLoose"/> tells.
/// </para>
/// <para>
/// Limits: sockets bound to another interface, packet sockets (DHCP clients) and neighbour discovery do not see these packets; ARP, ND
/// and DHCP must be left to the kernel on their own interface.
/// </para>
/// </remarks>
public sealed class HostPort : IPacketPort
{
    /// <summary>Bytes under way to sockets of the box before further packets are refused.</summary>
    public const int PendingBytesMax = 4 << 20;

    private const string SettingsRoot = "/proc/sys/net";
    private const uint DummyAddress = 0xC0000008;

    private readonly TunDevice _device;
    private readonly HostQueue[] _queues;

    /// <summary>Makes the interface in the calling thread's network namespace and brings it up. Needs CAP_NET_ADMIN.</summary>
    /// <param name="name">Name of the interface, at most 15 characters; <c>%d</c> at its end is a number that the kernel chooses.</param>
    /// <param name="mtuBytes">Longest packet that comes back, 1280 or more: IPv6 needs that.</param>
    /// <param name="umem">Frame memory.</param>
    /// <param name="pools">The workers' free chunks: each worker has a queue of its own; all write to one interface.</param>
    /// <exception cref="NativeException">No /dev/net/tun, no permission, or the name is taken.</exception>
    /// <exception cref="IOException">A setting of the interface under /proc/sys could not be written; the message names it.</exception>
    public HostPort(string name, int mtuBytes, Umem umem, IReadOnlyList<ChunkPool> pools)
    {
        ArgumentOutOfRangeException.ThrowIfZero(pools.Count, nameof(pools));
        ArgumentOutOfRangeException.ThrowIfLessThan(mtuBytes, 1280);
        _device = TunDevice.OpenTun(name);
        _queues = [.. pools.Select(pool => new HostQueue(_device.Queue(0), umem, pool))];
        try
        {
            _device.LimitSendBuffer(PendingBytesMax);
            Configure(mtuBytes);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc />
    public string Name => _device.Name;

    /// <inheritdoc />
    public int QueueCount => _queues.Length;

    /// <summary>Whether the kernel refuses sources that no route leads to, because <c>net.ipv4.conf.all.rp_filter</c> is not 0.</summary>
    public bool IsReversePathLoose { get; private set; }

    /// <inheritdoc />
    IPortQueue IPacketPort.Queue(int index) => _queues[index];

    /// <summary>Gives a queue to its worker.</summary>
    /// <param name="index">0 to <see cref="QueueCount"/> - 1.</param>
    public HostQueue Queue(int index) => _queues[index];

    /// <summary>Closes the interface, which goes with it.</summary>
    public void Dispose()
    {
        _device.Dispose();
        foreach (HostQueue queue in _queues)
            queue.Drops.Dispose();
    }

    private void Configure(int mtuBytes)
    {
        IsReversePathLoose = File.ReadAllText($"{SettingsRoot}/ipv4/conf/all/rp_filter").Trim() != "0";
        Write("ipv4", "rp_filter", IsReversePathLoose ? "2" : "0");
        if (IsReversePathLoose)
            LinkControl.WriteIpv4Address(Name, DummyAddress);
        if (Directory.Exists($"{SettingsRoot}/ipv6/conf/{Name}"))
        {
            Write("ipv6", "disable_ipv6", "0");
            Write("ipv6", "addr_gen_mode", "1"); // No link-local address, so the kernel has nothing to say here.
            Write("ipv6", "router_solicitations", "0");
            Write("ipv6", "accept_ra", "0");
        }

        LinkControl.WriteMtu(Name, mtuBytes);
        LinkControl.SetUp(Name);
    }

    private void Write(string family, string setting, string value)
    {
        string path = $"{SettingsRoot}/{family}/conf/{Name}/{setting}";
        try
        {
            File.WriteAllText(path, value);
        }
        catch (UnauthorizedAccessException error)
        {
            throw new IOException($"{path} must be {value} and cannot be written: /proc/sys is read-only, or CAP_NET_ADMIN is missing", error);
        }
    }
}
