using System.Buffers.Binary;
using System.Numerics;
using Natflow.Core;
using Natflow.Flows.Table;
using Natflow.Memory;

namespace Natflow.Flows.Ipv6;

/// <summary>
/// NAT66 mappings and the ports they take, of the public addresses that one shard owns. A subscriber keeps one public address (RFC 4787 REQ-2); a port is
/// kept where it is free, else one of the same class and parity is drawn (REQ-3a, REQ-4).
/// </summary>
/// <remarks>Owner thread only. Fixed capacity, outside the managed heap.</remarks>
public sealed class Nat66Table : IDisposable
{
    private const int PortTries = 256;
    private const int ReservedPorts = 1024;

    private readonly NativeArray<Nat66Mapping> _mappings;
    private readonly NativeArray<uint> _inside;
    private readonly NativeArray<uint> _external;
    private readonly Ipv6Address[] _addresses;
    private readonly int[] _own;
    private readonly FlowHash _hash;
    private readonly uint _mask;
    private uint _free = FlowTable.None;
    private uint _next;
    private uint _draw;

    /// <summary>Maps the table.</summary>
    /// <param name="addresses">All public addresses of the gateway.</param>
    /// <param name="shardIndex">This shard: it owns every address whose index is congruent to it.</param>
    /// <param name="shardCount">Number of shards.</param>
    /// <param name="capacity">Most mappings.</param>
    /// <param name="hash">The gateway's hash.</param>
    public Nat66Table(IReadOnlyList<Ipv6Address> addresses, int shardIndex, int shardCount, int capacity, FlowHash hash)
    {
        _addresses = [.. addresses];
        _own = [.. Enumerable.Range(0, _addresses.Length).Where(index => index % shardCount == shardIndex)];
        _mappings = new NativeArray<Nat66Mapping>(capacity);
        _inside = new NativeArray<uint>((int)BitOperations.RoundUpToPowerOf2((uint)capacity));
        _external = new NativeArray<uint>(_inside.Length);
        _mask = (uint)_inside.Length - 1;
        _hash = hash;
    }

    /// <summary>Living mappings.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes reserved.</summary>
    public long LengthBytes => _mappings.LengthBytes + _inside.LengthBytes + _external.LengthBytes;

    /// <summary>A mapping by index.</summary>
    public ref Nat66Mapping this[uint index] => ref _mappings[index];

    /// <summary>The public address of a mapping.</summary>
    public ref readonly Ipv6Address AddressOf(in Nat66Mapping mapping) => ref _addresses[mapping.AddressIndex];

    /// <summary>Index of a public address, or -1.</summary>
    public int IndexOf(in Ipv6Address address) => Array.IndexOf(_addresses, address);

    /// <summary>The mapping of an inside endpoint, or <see cref="FlowTable.None"/>.</summary>
    public uint Find(in Ipv6FlowKey key)
    {
        for (uint at = _inside[InsidePosition(in key)]; at != 0; at = _mappings[at - 1].NextInside)
        {
            ref Nat66Mapping mapping = ref _mappings[at - 1];
            if (mapping.Inside == key.Inside && mapping.InsidePortBe == key.InsidePortBe && mapping.Protocol == key.Protocol && mapping.Zone == key.Zone)
                return at - 1;
        }

        return FlowTable.None;
    }

    /// <summary>The mapping behind a public endpoint, or <see cref="FlowTable.None"/>.</summary>
    public uint FindExternal(int addressIndex, ushort portBe, byte protocol)
    {
        for (uint at = _external[ExternalPosition(addressIndex, portBe, protocol)]; at != 0; at = _mappings[at - 1].NextExternal)
        {
            ref Nat66Mapping mapping = ref _mappings[at - 1];
            if (mapping.AddressIndex == addressIndex && mapping.ExternalPortBe == portBe && mapping.Protocol == protocol)
                return at - 1;
        }

        return FlowTable.None;
    }

    /// <summary>Makes a mapping without flows.</summary>
    /// <param name="key">The flow's key.</param>
    /// <param name="mappingIndex">The mapping on success.</param>
    /// <returns>MappingTableFull, or PortsExhausted where no port of its class was free in a bounded search.</returns>
    public DropReason TryAdd(in Ipv6FlowKey key, out uint mappingIndex)
    {
        mappingIndex = FlowTable.None;
        if (_own.Length == 0)
            return DropReason.PortsExhausted;
        if (_free == FlowTable.None && _next == (uint)_mappings.Length)
            return DropReason.MappingTableFull;
        int addressIndex = _own[(int)(((ulong)_hash.OfIpv6(key.Inside, default, key.Zone) * (uint)_own.Length) >> 32)];
        if (!TryFindPort(addressIndex, in key, out ushort portBe))
            return DropReason.PortsExhausted;

        mappingIndex = Insert(in key, addressIndex, portBe);
        return DropReason.None;
    }

    /// <summary>Makes a mapping without flows on a given public endpoint, as an earlier run had it.</summary>
    internal bool TryAddExact(in Ipv6FlowKey key, in Ipv6Address address, ushort portBe, out uint mappingIndex)
    {
        mappingIndex = FlowTable.None;
        int addressIndex = IndexOf(in address);
        if (Array.IndexOf(_own, addressIndex) < 0 || FindExternal(addressIndex, portBe, key.Protocol) != FlowTable.None
            || (_free == FlowTable.None && _next == (uint)_mappings.Length))
        {
            return false;
        }

        mappingIndex = Insert(in key, addressIndex, portBe);
        return true;
    }

    private uint Insert(in Ipv6FlowKey key, int addressIndex, ushort portBe)
    {
        uint mappingIndex = _free != FlowTable.None ? _free : _next++;
        if (mappingIndex == _free)
            _free = _mappings[mappingIndex].NextInside;
        ref uint inside = ref _inside[InsidePosition(in key)];
        ref uint external = ref _external[ExternalPosition(addressIndex, portBe, key.Protocol)];
        _mappings[mappingIndex] = new Nat66Mapping
        {
            Inside = key.Inside,
            InsidePortBe = key.InsidePortBe,
            ExternalPortBe = portBe,
            AddressIndex = (ushort)addressIndex,
            Zone = key.Zone,
            Protocol = key.Protocol,
            NextInside = inside,
            NextExternal = external,
        };
        inside = external = mappingIndex + 1;
        Count++;
        return mappingIndex;
    }

    /// <summary>Drops one use; the mapping and its port go with the last.</summary>
    public void Release(uint mappingIndex)
    {
        ref Nat66Mapping mapping = ref _mappings[mappingIndex];
        if (mapping.FlowCount > 1)
        {
            mapping.FlowCount--;
            return;
        }

        var key = new Ipv6FlowKey(mapping.Inside, default, mapping.InsidePortBe, 0, mapping.Zone, mapping.Protocol, Side.Lan);
        ref uint inside = ref _inside[InsidePosition(in key)];
        while (inside != mappingIndex + 1)
            inside = ref _mappings[inside - 1].NextInside;
        inside = mapping.NextInside;
        ref uint external = ref _external[ExternalPosition(mapping.AddressIndex, mapping.ExternalPortBe, mapping.Protocol)];
        while (external != mappingIndex + 1)
            external = ref _mappings[external - 1].NextExternal;
        external = mapping.NextExternal;
        mapping = default;
        mapping.NextInside = _free;
        _free = mappingIndex;
        Count--;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _mappings.Dispose();
        _inside.Dispose();
        _external.Dispose();
    }

    // The search starts at a port that a stranger cannot compute, and is bounded.
    private bool TryFindPort(int addressIndex, in Ipv6FlowKey key, out ushort portBe)
    {
        portBe = key.InsidePortBe;
        if (FindExternal(addressIndex, portBe, key.Protocol) == FlowTable.None)
            return true;
        ushort wanted = BinaryPrimitives.ReverseEndianness(key.InsidePortBe);
        bool isQuery = key.Protocol == IpProtocol.IcmpV6;
        int first = isQuery || wanted < ReservedPorts ? 0 : ReservedPorts;
        int count = isQuery || wanted >= ReservedPorts ? 65_536 - first : ReservedPorts;
        int start = (int)(((ulong)_hash.OfIpv6(key.Inside, default, ++_draw) * (uint)count) >> 32);
        for (int i = 0; i < PortTries; i++)
        {
            int port = first + (((start + (2 * i)) % count & ~1) | (wanted & 1));
            portBe = BinaryPrimitives.ReverseEndianness((ushort)port);
            if (port != 0 && FindExternal(addressIndex, portBe, key.Protocol) == FlowTable.None)
                return true;
        }

        return false;
    }

    private uint InsidePosition(in Ipv6FlowKey key) =>
        _hash.OfIpv6(key.Inside, default, key.InsidePortBe | ((ulong)key.Protocol << 16) | ((ulong)key.Zone << 32)) & _mask;

    private uint ExternalPosition(int addressIndex, ushort portBe, byte protocol) =>
        _hash.Of((uint)addressIndex | ((ulong)portBe << 16) | ((ulong)protocol << 32)) & _mask;
}
