using System.Numerics;
using Natflow.Flows.Table;
using Natflow.Memory;

namespace Natflow.Flows.Alg;

/// <summary>TCP flows with an application level gateway, by flow index: outside the managed heap, fixed capacity. Owner thread only.</summary>
internal sealed class AlgFlowTable : IDisposable
{
    private readonly NativeArray<AlgFlow> _entries;
    private readonly NativeArray<uint> _heads;
    private readonly uint _mask;
    private uint _free;
    private uint _next;

    /// <summary>Maps room for <paramref name="capacity"/> flows.</summary>
    internal AlgFlowTable(int capacity)
    {
        _entries = new NativeArray<AlgFlow>(capacity);
        _heads = new NativeArray<uint>((int)BitOperations.RoundUpToPowerOf2((uint)capacity));
        _mask = (uint)_heads.Length - 1;
    }

    internal int Count { get; private set; }

    internal long LengthBytes => _entries.LengthBytes + _heads.LengthBytes;

    /// <summary>An entry by index.</summary>
    internal ref AlgFlow this[uint index] => ref _entries[index];

    /// <summary>The entry of a flow, or <see cref="FlowTable.None"/>. Flow indices are dense, so their low bits need no hash.</summary>
    internal uint Find(uint flowIndex)
    {
        for (uint at = _heads[flowIndex & _mask]; at != 0; at = _entries[at - 1].Next)
        {
            if (_entries[at - 1].FlowIndex == flowIndex)
                return at - 1;
        }

        return FlowTable.None;
    }

    /// <summary>Adds a flow; false when the table is full.</summary>
    internal bool TryAdd(uint flowIndex, AlgKind kind)
    {
        uint index;
        if (_free != 0)
        {
            index = _free - 1;
            _free = _entries[index].Next;
        }
        else if (_next < (uint)_entries.Length)
        {
            index = _next++;
        }
        else
        {
            return false;
        }

        ref uint head = ref _heads[flowIndex & _mask];
        _entries[index] = new AlgFlow { FlowIndex = flowIndex, Kind = kind, Next = head };
        head = index + 1;
        Count++;
        return true;
    }

    /// <summary>Takes a flow out, if it is there.</summary>
    internal void Remove(uint flowIndex)
    {
        ref uint link = ref _heads[flowIndex & _mask];
        while (link != 0 && _entries[link - 1].FlowIndex != flowIndex)
            link = ref _entries[link - 1].Next;
        if (link == 0)
            return;
        uint index = link - 1;
        link = _entries[index].Next;
        _entries[index].Next = _free;
        _free = index + 1;
        Count--;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _entries.Dispose();
        _heads.Dispose();
    }
}
