using Natflow.Core;
using Natflow.Flows.Table;
using Natflow.Memory;

namespace Natflow.Gateway.Replay;

/// <summary>
/// Conversations of a capture by their ends. The far side of a recorded conversation answers what it saw then; the replay must know the external
/// endpoint that the gateway gives today, as a real far side would. Bounded: the conversation unused longest gives way.
/// </summary>
/// <remarks>
/// One thread. Independent of the gateway's own tables: it learns from transmitted frames alone. Conversations lie one behind another in the order they came, and the
/// sets hold their numbers alone: a short capture touches little memory.
/// </remarks>
internal sealed class WireTable : IDisposable
{
    private const int Ways = 8;
    private const int SetCount = 1 << 17;

    private readonly NativeArray<WireEntry> _entries = new(SetCount * Ways);
    private readonly NativeArray<uint> _sets = new(SetCount * Ways); // Numbers of entries, plus one; a set is filled from its front.
    private readonly FlowHash _hash;
    private ulong _useCount;
    private uint _entryCount;

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
        for (uint way = first; way < first + Ways && _sets[way] != 0; way++)
        {
            uint index = _sets[way] - 1;
            if (_entries[index].Key != key)
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
        uint index = Take(FirstOf(in key));
        _entries[index] = new WireEntry { LastUse = ++_useCount, Key = key };
        AddedCount++;
        return index;
    }

    public void Dispose()
    {
        _entries.Dispose();
        _sets.Dispose();
    }

    // There are as many entries as places in sets.
    private uint Take(uint first)
    {
        uint oldest = first;
        for (uint way = first; way < first + Ways; way++)
        {
            if (_sets[way] == 0)
            {
                _sets[way] = ++_entryCount;
                return _entryCount - 1;
            }

            if (_entries[_sets[way] - 1].LastUse < _entries[_sets[oldest] - 1].LastUse)
                oldest = way;
        }

        return _sets[oldest] - 1;
    }

    private uint FirstOf(in FlowKey key) => (_hash.Of(in key) & (SetCount - 1)) * Ways;
}
