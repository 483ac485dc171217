using Natflow.Core;
using Natflow.Flows.Table;
using Natflow.Memory;

namespace Natflow.Gateway.Replay;

/// <summary>
/// Conversations of a capture by their ends. The far side of a recorded conversation answers what it saw then; the replay must know the external
/// endpoint that the gateway gives today, as a real far side would. Bounded: the conversation unused longest gives way.
/// </summary>
/// <remarks>One thread. Independent of the gateway's own tables: it learns from transmitted frames alone.</remarks>
internal sealed class WireTable : IDisposable
{
    private const int Ways = 8;
    private const int SetCount = 1 << 17;

    private readonly NativeArray<WireEntry> _entries = new(SetCount * Ways);
    private readonly FlowHash _hash;
    private ulong _useCount;

    /// <summary>An empty table.</summary>
    internal WireTable(FlowHash hash) => _hash = hash;

    /// <summary>Conversations that were added.</summary>
    internal ulong AddedCount { get; private set; }

    /// <summary>An entry by index.</summary>
    internal ref WireEntry this[uint index] => ref _entries[index];

    /// <summary>Finds a conversation.</summary>
    /// <param name="key">Subscriber first.</param>
    /// <returns>Its index, or <see cref="FlowTable.None"/>.</returns>
    internal uint Find(in FlowKey key)
    {
        uint first = FirstOf(in key);
        for (uint index = first; index < first + Ways; index++)
        {
            if (_entries[index].LastUse == 0 || _entries[index].Key != key)
                continue;
            _entries[index].LastUse = ++_useCount;
            return index;
        }

        return FlowTable.None;
    }

    /// <summary>Adds a conversation that is not there.</summary>
    /// <param name="key">Subscriber first.</param>
    /// <returns>Its index.</returns>
    internal uint Add(in FlowKey key)
    {
        uint first = FirstOf(in key);
        uint oldest = first;
        for (uint index = first + 1; index < first + Ways; index++)
        {
            if (_entries[index].LastUse < _entries[oldest].LastUse)
                oldest = index;
        }

        _entries[oldest] = new WireEntry { LastUse = ++_useCount, Key = key };
        AddedCount++;
        return oldest;
    }

    public void Dispose() => _entries.Dispose();

    private uint FirstOf(in FlowKey key) => (_hash.Of(in key) & (SetCount - 1)) * Ways;
}
