using System.Globalization;
using Natflow.Cluster.Ownership;
using Natflow.Gateway;
using Natflow.Gateway.Live;
using Natflow.Gateway.Replication;
using Natflow.Netlink.Model;

namespace Natflow.Host.Cluster;

/// <summary>
/// Where frames of shards that other nodes own are sent on: to the owner's interface of the same name, by link address. Nodes share a segment on each side, and
/// call its interface the same.
/// </summary>
/// <remarks>Any thread.</remarks>
internal sealed class DetourTable
{
    private readonly DataPlane _plane;
    private readonly IReadOnlyList<LivePort> _ports;
    private readonly ulong[] _own;
    private readonly ClusterNode?[] _owners;
    private readonly Lock _lock = new();
    private ulong[] _peers = [];
    private ulong[] _virtual = [];

    /// <summary>Reads this node's link addresses.</summary>
    internal DetourTable(DataPlane plane, IReadOnlyList<LivePort> ports, NetworkModel network)
    {
        _plane = plane;
        _ports = ports;
        _own = [.. ports.Select(port => network.Links.TryFind(port.InterfaceIndex, out Link? link) ? link.MacAddress : 0)];
        _owners = new ClusterNode?[plane.ShardCount];
    }

    /// <summary>This node's link addresses as text.</summary>
    internal string OwnText => string.Join(',', _ports.Zip(_own, static (port, address) => string.Create(CultureInfo.InvariantCulture, $"{port.InterfaceName}={address:x12}")));

    /// <summary>The nodes have changed.</summary>
    internal void SetNodes(IReadOnlyList<ClusterNode> nodes)
    {
        lock (_lock)
        {
            _peers = [.. nodes.SelectMany(static node => Parse(node.Links).Values).Except(_own)];
            Write();
        }
    }

    /// <summary>This node has a shard's own link address, or has it no more.</summary>
    internal void SetVirtual(ulong mac, bool isOwn)
    {
        lock (_lock)
        {
            _virtual = isOwn ? [.. _virtual.Append(mac).Distinct()] : [.. _virtual.Where(other => other != mac)];
            Write();
        }
    }

    /// <summary>A shard has another owner.</summary>
    internal void SetOwner(int shard, ClusterNode? owner)
    {
        lock (_lock)
        {
            _owners[shard] = owner;
            _plane.SetDetour(shard, RouteTo(owner));
        }
    }

    /// <summary>Reads what another node has told; whatever is no address is left out.</summary>
    internal static Dictionary<string, ulong> Parse(string text)
    {
        var found = new Dictionary<string, ulong>(StringComparer.Ordinal);
        foreach (string pair in text.Split(','))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && ulong.TryParse(pair.AsSpan(equals + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong address) && address is > 0 and < 1UL << 48)
                found[pair[..equals]] = address;
        }

        return found;
    }

    private void Write()
    {
        for (int shard = 0; shard < _owners.Length; shard++)
            _plane.SetDetour(shard, RouteTo(_owners[shard]));
    }

    private DetourRoute RouteTo(ClusterNode? owner)
    {
        if (owner is null)
            return new DetourRoute([], _own, _peers) { Virtual = _virtual };
        Dictionary<string, ulong> links = Parse(owner.Links);
        return new DetourRoute([.. _ports.Select(port => links.GetValueOrDefault(port.InterfaceName))], _own, _peers) { Virtual = _virtual };
    }
}
