using System.Net;
using System.Net.Sockets;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Netlink.Model;
using Natflow.Ports.AfXdp;

namespace Natflow.Host.Live;

/// <summary>Keeps the kernel's filters in step with the box's own addresses and the gateway's ports. One thread at a time for each of the two.</summary>
internal sealed class HostFilterFeed
{
    private readonly IReadOnlyList<HostFilter> _filters;
    private readonly Func<uint, bool> _isPublic;
    private Dictionary<IPAddress, bool> _known = [];
    private HashSet<(ProtocolType Protocol, ushort Port)> _forwards = [];

    /// <summary>Makes a feed; nothing is written yet.</summary>
    /// <param name="filters">The filters.</param>
    /// <param name="isPublic">Whether an IPv4 address (host byte order) is one that the gateway translates to.</param>
    internal HostFilterFeed(IReadOnlyList<HostFilter> filters, Func<uint, bool> isPublic)
    {
        _filters = filters;
        _isPublic = isPublic;
    }

    /// <summary>Gives the gateway its destination ports on its own public addresses: the dynamic range, and those of port forwards.</summary>
    internal void TakePorts(NatSettings nat)
    {
        SetPorts(ProtocolType.Tcp, nat.PortFirst, nat.PortLast, isGateways: true);
        SetPorts(ProtocolType.Udp, nat.PortFirst, nat.PortLast, isGateways: true);
        _forwards = ForwardsOf(nat);
        foreach ((ProtocolType protocol, ushort port) in _forwards)
            SetPorts(protocol, port, port, isGateways: true);
    }

    /// <summary>Takes the ports of port forwards that are to come: the kernel must not answer for them meanwhile.</summary>
    internal void TakeForwards(NatSettings next)
    {
        HashSet<(ProtocolType Protocol, ushort Port)> wanted = ForwardsOf(next);
        foreach ((ProtocolType protocol, ushort port) in wanted)
            SetPorts(protocol, port, port, isGateways: true);
        _forwards.UnionWith(wanted); // Until it is known whether they come: KeepForwards gives back what did not.
    }

    /// <summary>Gives the ports back that no port forward has any more.</summary>
    internal void KeepForwards(NatSettings now)
    {
        HashSet<(ProtocolType Protocol, ushort Port)> kept = ForwardsOf(now);
        foreach ((ProtocolType protocol, ushort port) in _forwards.Where(forward => !kept.Contains(forward) && (forward.Port < now.PortFirst || forward.Port > now.PortLast)))
            SetPorts(protocol, port, port, isGateways: false);
        _forwards = kept;
    }

    /// <summary>Takes over the addresses of a model.</summary>
    internal void Apply(NetworkModel model)
    {
        Dictionary<IPAddress, bool> wanted = Wanted(model);
        foreach (HostFilter filter in _filters)
        {
            foreach ((IPAddress address, bool isPublic) in wanted)
            {
                if (!_known.TryGetValue(address, out bool wasPublic) || wasPublic != isPublic)
                    filter.SetAddress(address, isPublic);
            }

            foreach (IPAddress gone in _known.Keys.Where(known => !wanted.ContainsKey(known)))
                filter.RemoveAddress(gone);
        }

        _known = wanted;
    }

    private void SetPorts(ProtocolType protocol, ushort first, ushort last, bool isGateways)
    {
        foreach (HostFilter filter in _filters)
            filter.SetPorts(protocol, first, last, isGateways);
    }

    private static HashSet<(ProtocolType Protocol, ushort Port)> ForwardsOf(NatSettings nat) =>
        [.. nat.PortForwards.Select(static forward => (forward.Protocol == IpProtocol.Tcp ? ProtocolType.Tcp : ProtocolType.Udp, forward.ExternalPort))];

    private Dictionary<IPAddress, bool> Wanted(NetworkModel model)
    {
        var wanted = new Dictionary<IPAddress, bool>();
        foreach (InterfaceAddress address in model.Addresses.All)
        {
            wanted[ToIp(address.Address)] = address.Address.IsIpv4 && _isPublic(address.Address.Ipv4);
            if (address.Address.IsIpv4 && address.PrefixLengthBits is > 0 and < 31)
                wanted.TryAdd(ToIp(IpAddress.FromIpv4(address.Address.Ipv4 | (uint.MaxValue >> address.PrefixLengthBits))), false);
        }

        return wanted;
    }

    private static IPAddress ToIp(IpAddress address)
    {
        Span<byte> bytes = stackalloc byte[16];
        int length = address.Write(bytes);
        return new IPAddress(bytes[..length]);
    }
}
