using Natflow.Core;
using Natflow.Host.Settings;
using Natflow.Netlink.Model;
using ShardIpv6Settings = Natflow.Flows.Ipv6.Ipv6Settings;

namespace Natflow.Host.Live;

/// <summary>The box's own IPv6 addresses, from which it sends ICMPv6 errors (RFC 4443 section 2.2): one a side.</summary>
internal static class OwnIpv6Addresses
{
    private const byte ScopeUniverse = 0;

    /// <summary>Adds what the network has and the settings do not say.</summary>
    internal static ShardIpv6Settings AddTo(ShardIpv6Settings settings, PortSettings ports, NetworkModel network) => settings with
    {
        LanAddress = settings.LanAddress ?? Find(network, ports.Lan.Select(static port => port.Interface)),
        WanAddress = settings.WanAddress ?? Find(network, ports.Wan.Select(static port => port.Interface)),
    };

    private static Ipv6Address? Find(NetworkModel network, IEnumerable<string> interfaces)
    {
        foreach (string name in interfaces)
        {
            if (!network.Links.TryFind(name, out Link? link))
                continue;
            foreach (InterfaceAddress address in network.Addresses.On(link.Index))
            {
                if (address.Address.IsIpv6 && address is { Scope: ScopeUniverse, IsPreferred: true })
                    return ToIpv6(address.Address);
            }
        }

        return null;
    }

    private static Ipv6Address ToIpv6(IpAddress address)
    {
        Span<byte> bytes = stackalloc byte[Ipv6Address.SizeBytes];
        _ = address.Write(bytes);
        return Ipv6Address.Read(bytes);
    }
}
