using System.Net;
using System.Net.Sockets;
using Natflow.Netlink.Model;
using Natflow.Ports.AfXdp;

namespace Natflow.Host.Live;

/// <summary>Keeps the kernel's filters in step with the box's own addresses. One thread at a time.</summary>
internal sealed class HostFilterFeed
{
    private readonly IReadOnlyList<HostFilter> _filters;
    private readonly Func<uint, bool> _isPublic;
    private Dictionary<IPAddress, bool> _known = [];

    /// <summary>Makes a feed; nothing is written yet.</summary>
    /// <param name="filters">The filters.</param>
    /// <param name="isPublic">Whether an IPv4 address (host byte order) is one that the gateway translates to.</param>
    internal HostFilterFeed(IReadOnlyList<HostFilter> filters, Func<uint, bool> isPublic)
    {
        _filters = filters;
        _isPublic = isPublic;
    }

    /// <summary>Gives the gateway a range of destination ports on its own public addresses.</summary>
    internal void TakePorts(ProtocolType protocol, ushort first, ushort last)
    {
        foreach (HostFilter filter in _filters)
            filter.SetPorts(protocol, first, last, isGateways: true);
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
