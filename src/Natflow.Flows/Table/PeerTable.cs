using System.Numerics;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Flows.Table;

/// <summary>For address-dependent filtering (RFC 4787 REQ-8): which remote addresses each mapping has flows with, counted. Owner thread only.</summary>
internal sealed class PeerTable : IDisposable
{
    private readonly NativeArray<Peer> _peers;
    private readonly NativeArray<uint> _heads;
    private readonly FlowHash _hash;
    private readonly uint _mask;
    private uint _free = FlowTable.None;
    private uint _next;

    /// <summary>Maps room for one peer a flow, which cannot be exceeded.</summary>
    internal PeerTable(int flowCapacity, FlowHash hash)
    {
        _peers = new NativeArray<Peer>(flowCapacity);
        _heads = new NativeArray<uint>((int)BitOperations.RoundUpToPowerOf2((uint)flowCapacity));
        _mask = (uint)_heads.Length - 1;
        _hash = hash;
    }

    internal long LengthBytes => _peers.LengthBytes + _heads.LengthBytes;

    /// <inheritdoc cref="NativeBlock.TryPopulate" />
    internal bool TryPopulate() => _peers.TryPopulate() & _heads.TryPopulate();

    internal bool Contains(uint mappingIndex, uint remoteAddrBe)
    {
        for (uint head = _heads[PositionOf(mappingIndex, remoteAddrBe)]; head != 0; head = _peers[head - 1].Next)
        {
            if (_peers[head - 1].MappingIndex == mappingIndex && _peers[head - 1].RemoteAddrBe == remoteAddrBe)
                return true;
        }

        return false;
    }

    internal void Add(uint mappingIndex, uint remoteAddrBe)
    {
        ref uint head = ref _heads[PositionOf(mappingIndex, remoteAddrBe)];
        for (uint at = head; at != 0; at = _peers[at - 1].Next)
        {
            ref Peer known = ref _peers[at - 1];
            if (known.MappingIndex != mappingIndex || known.RemoteAddrBe != remoteAddrBe)
                continue;
            known.FlowCount++;
            return;
        }

        uint index = _free;
        if (index != FlowTable.None)
            _free = _peers[index].Next;
        else
            index = _next++;
        _peers[index] = new Peer { MappingIndex = mappingIndex, RemoteAddrBe = remoteAddrBe, FlowCount = 1, Next = head };
        head = index + 1;
    }

    internal void Remove(uint mappingIndex, uint remoteAddrBe)
    {
        ref uint link = ref _heads[PositionOf(mappingIndex, remoteAddrBe)];
        while (_peers[link - 1].MappingIndex != mappingIndex || _peers[link - 1].RemoteAddrBe != remoteAddrBe)
            link = ref _peers[link - 1].Next;
        uint index = link - 1;
        ref Peer peer = ref _peers[index];
        if (--peer.FlowCount != 0)
            return;
        link = peer.Next;
        peer.Next = _free;
        _free = index;
    }

    public void Dispose()
    {
        _peers.Dispose();
        _heads.Dispose();
    }

    private uint PositionOf(uint mappingIndex, uint remoteAddrBe) => _hash.Of(mappingIndex | ((ulong)remoteAddrBe << 32)) & _mask;

    [StructLayout(LayoutKind.Sequential, Pack = 4, Size = 16)]
    private struct Peer
    {
        internal uint MappingIndex;
        internal uint RemoteAddrBe;
        internal uint FlowCount;
        internal uint Next;
    }
}
