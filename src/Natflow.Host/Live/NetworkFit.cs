using Natflow.Gateway.Live;
using Natflow.Host.Settings;
using Natflow.Netlink.Model;
using Natflow.Netlink.Sysctls;

namespace Natflow.Host.Live;

/// <summary>What the operator's settings mean on the network as it is: addresses, and whether the two go together.</summary>
internal sealed class NetworkFit
{
    private const int EthernetMtu = 1500;
    private const int Ipv6MtuMin = 1280;

    private readonly NatflowSettings _settings;
    private readonly NetworkModel _network;

    /// <summary>Looks at nothing yet but the uplinks.</summary>
    internal NetworkFit(NatflowSettings settings, NetworkModel network)
    {
        _settings = settings;
        _network = network;
        var uplinks = new List<int>();
        foreach (WanPortSettings wan in settings.Ports.Wan)
        {
            if (network.Links.TryFind(wan.Interface, out Link? link))
                uplinks.Add(link.Index);
        }

        Uplinks = uplinks;
    }

    /// <summary>Interface indices of the uplinks that are there.</summary>
    internal IReadOnlyList<int> Uplinks { get; }

    /// <summary>The public addresses, host byte order.</summary>
    /// <exception cref="GatewayException">The uplinks are to give them, and have none.</exception>
    internal List<uint> FindPublicAddresses()
    {
        if (!_settings.Nat.PublicIsInterface)
            return [.. _settings.Nat.PublicAddresses];
        List<uint> found = [.. Uplinks.SelectMany(uplink => PublicAddressSet.UplinkAddresses(_network, uplink))];
        if (found.Count == 0)
            throw new GatewayException($"nat.public = interface: {string.Join(", ", _settings.Ports.Wan.Select(static wan => wan.Interface))} has no IPv4 address yet; give it one, or name the public addresses");
        return found;
    }

    /// <summary>Sees that the kernel's own ports on a shared address are none of the dynamic range.</summary>
    /// <exception cref="GatewayException">They are.</exception>
    internal void CheckKernelPorts()
    {
        if (!Sysctl.TryReadEphemeralPorts(out ushort first, out ushort last))
            return;
        if (KernelPortCheck.Check(_settings, new PortRange(first, last), _network.IsLocal) is { } error)
            throw new GatewayException(error.ToString());
    }

    /// <summary>Sees that each worker has a queue of each port.</summary>
    /// <exception cref="GatewayException">One has too few.</exception>
    internal static void CheckQueues(IReadOnlyList<OpenPort> ports, int workers)
    {
        if (ports.FirstOrDefault(port => port.Port.QueueCount < workers) is { } scarce)
        {
            throw new GatewayException(
                $"{scarce.Live.InterfaceName}: {scarce.Port.QueueCount} queues for {workers} workers; lower workers.count, or give the interface more ('ethtool -L {scarce.Live.InterfaceName} combined {workers}')");
        }
    }

    /// <summary>MTU of the way into the kernel: what any port may receive fits.</summary>
    internal int HostMtu(IReadOnlyList<OpenPort> ports) => ports
        .Select(port => _network.Links.TryFind(port.Live.InterfaceIndex, out Link? link) ? link.MtuBytes : EthernetMtu)
        .Append(Ipv6MtuMin)
        .Max();
}
