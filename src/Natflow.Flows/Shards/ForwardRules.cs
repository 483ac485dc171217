using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Table;

namespace Natflow.Flows.Shards;

/// <summary>
/// A shard's port forwards: their mappings, and the ports that they keep from the pool. Changed in two steps, so that all shards take a change or none:
/// ports first, mappings then.
/// </summary>
/// <remarks>
/// Owner thread only. A forward that leads elsewhere leaves the connections it has where they are; one that is no more ends them at their next packets,
/// for its port may be the box's own again.
/// </remarks>
internal sealed class ForwardRules(ShardState shard)
{
    private readonly Dictionary<PortForward, uint> _mappings = [];
    private readonly List<PortForward> _wanted = [];

    // Forwards in force, wanted ones, and mappings that outlive theirs: the port is free when the last of them goes.
    private readonly Dictionary<Endpoint, int> _holds = [];

    private readonly record struct Endpoint(uint AddressBe, ushort PortBe, byte Protocol);

    /// <summary>Keeps the ports of forwards that are to come, until <see cref="Apply"/> or the next call.</summary>
    /// <param name="wanted">Valid ones; those in force may be among them.</param>
    /// <returns>Those that cannot be had now: a subscriber uses the port, or there is no room.</returns>
    internal IReadOnlyList<PortForward> Reserve(IReadOnlyList<PortForward> wanted)
    {
        Release();
        var refused = new List<PortForward>();
        foreach (PortForward forward in wanted)
        {
            bool hasRoom = shard.Mappings.Count + _wanted.Count < shard.Settings.FlowCapacity;
            if (hasRoom && TryHold(EndpointOf(forward)))
                _wanted.Add(forward);
            else
                refused.Add(forward);
        }

        return refused;
    }

    /// <summary>Puts forwards in the place of those in force. One whose port cannot be kept is left out: <see cref="Reserve"/> them first.</summary>
    internal void Apply(IReadOnlyList<PortForward> forwards)
    {
        HashSet<PortForward> next = [.. forwards];
        HashSet<Endpoint> endpoints = [.. forwards.Select(EndpointOf)];
        foreach (PortForward gone in _mappings.Keys.Where(forward => !next.Contains(forward)).ToArray())
            Remove(gone, isMoved: endpoints.Contains(EndpointOf(gone)));
        foreach (PortForward come in forwards.Where(forward => !_mappings.ContainsKey(forward)))
        {
            if (TryHold(EndpointOf(come)) && !TryAdd(come))
                Drop(EndpointOf(come));
        }

        Release();
    }

    /// <summary>A mapping without owner has lost its last use.</summary>
    internal void OnEnded(ref readonly MappingRecord mapping) => Drop(new Endpoint(mapping.ExternalAddrBe, mapping.ExternalPortBe, mapping.Protocol));

    private void Release()
    {
        foreach (PortForward forward in _wanted)
            Drop(EndpointOf(forward));
        _wanted.Clear();
    }

    // Its first use is its own and never ends by itself. It has no owner: the subscriber may come and go.
    private bool TryAdd(PortForward forward)
    {
        var key = FlowKey.Of(
            BinaryPrimitives.ReverseEndianness(forward.InsideAddress), 0, BinaryPrimitives.ReverseEndianness(forward.InsidePort), 0, forward.Zone, forward.Protocol, Side.Lan);
        uint mappingIndex = shard.Mappings.Add(
            in key, BinaryPrimitives.ReverseEndianness(forward.ExternalAddress), BinaryPrimitives.ReverseEndianness(forward.ExternalPort), FlowTable.None);
        if (mappingIndex == FlowTable.None)
            return false;
        shard.Mappings[mappingIndex].FlowCount = 1;
        shard.Mappings[mappingIndex].KeeperCount = 1;
        shard.Mappings.LinkExternal(mappingIndex);
        _mappings.Add(forward, mappingIndex);
        return true;
    }

    private void Remove(PortForward forward, bool isMoved)
    {
        _mappings.Remove(forward, out uint index);
        ref MappingRecord mapping = ref shard.Mappings[index];
        mapping.KeeperCount--;
        if (--mapping.FlowCount == 0)
        {
            shard.Mappings.Remove(index);
            Drop(EndpointOf(forward));
            return;
        }

        shard.Mappings.Close(index);
        if (!isMoved)
            mapping.Flags |= MappingFlags.Revoked;
    }

    private bool TryHold(Endpoint endpoint)
    {
        int count = _holds.GetValueOrDefault(endpoint);
        if (count == 0 && !shard.Blocks.TryReserve(endpoint.AddressBe, endpoint.PortBe, endpoint.Protocol))
            return false;
        _holds[endpoint] = count + 1;
        return true;
    }

    private void Drop(Endpoint endpoint)
    {
        if (--_holds[endpoint] != 0)
            return;
        _holds.Remove(endpoint);
        shard.Blocks.Unreserve(endpoint.AddressBe, endpoint.PortBe, endpoint.Protocol);
    }

    private static Endpoint EndpointOf(PortForward forward) => new(
        BinaryPrimitives.ReverseEndianness(forward.ExternalAddress), BinaryPrimitives.ReverseEndianness(forward.ExternalPort), forward.Protocol);
}
