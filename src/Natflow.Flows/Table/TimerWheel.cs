using Natflow.Memory;

namespace Natflow.Flows.Table;

/// <summary>
/// Expiry without scans: 512 slots of 1.024 s hold doubly linked flows. A packet only writes its flow's last-seen time; when the slot
/// comes round, a flow that was seen since is put further on. Work for each call is bounded.
/// </summary>
/// <remarks>Owner thread only. A flow is never taken early, and late by at most one slot plus the backlog of earlier slots.</remarks>
public sealed unsafe class TimerWheel : IDisposable
{
    private const int SlotShift = 10;
    private const int SlotCount = 512;

    private readonly byte* _links;
    private readonly nuint _strideBytes;
    private readonly NativeArray<uint> _heads = new(SlotCount);
    private long _tick;

    /// <summary>An empty wheel.</summary>
    /// <param name="table">The flows; their cold halves carry the links.</param>
    /// <param name="nowMs">Shard clock in ms.</param>
    public TimerWheel(FlowTable table, long nowMs)
        : this(table.TimerLinks, FlowColdRecord.SizeBytes, nowMs)
    {
    }

    /// <summary>An empty wheel over any table whose records hold a <see cref="TimerLink"/>.</summary>
    /// <param name="links">Link of record 0; valid as long as the wheel.</param>
    /// <param name="strideBytes">Size of a record.</param>
    /// <param name="nowMs">Shard clock in ms.</param>
    internal TimerWheel(TimerLink* links, int strideBytes, long nowMs)
    {
        _links = (byte*)links;
        _strideBytes = (nuint)strideBytes;
        _tick = nowMs >> SlotShift;
        _heads.Span.Fill(FlowTable.None);
    }

    /// <summary>Puts a flow in the slot after its deadline; beyond the wheel's span in the farthest slot, to be looked at again there.</summary>
    public void Schedule(uint flowIndex, long deadlineMs)
    {
        long tick = Math.Clamp((deadlineMs >> SlotShift) + 1, _tick + 1, _tick + SlotCount - 1);
        uint slot = (uint)(tick & (SlotCount - 1));
        ref TimerLink link = ref Link(flowIndex);
        link.Slot = slot;
        link.Previous = FlowTable.None;
        link.Next = _heads[slot];
        if (link.Next != FlowTable.None)
            Link(link.Next).Previous = flowIndex;
        _heads[slot] = flowIndex;
    }

    /// <summary>Takes a flow out of its slot.</summary>
    public void Unschedule(uint flowIndex)
    {
        ref TimerLink link = ref Link(flowIndex);
        if (link.Previous == FlowTable.None)
            _heads[link.Slot] = link.Next;
        else
            Link(link.Previous).Next = link.Next;
        if (link.Next != FlowTable.None)
            Link(link.Next).Previous = link.Previous;
    }

    /// <summary>Takes the next flow whose slot has come round; the caller ends it or schedules it again.</summary>
    /// <param name="nowMs">Shard clock in ms.</param>
    /// <param name="flowIndex">A flow that is in no slot any more.</param>
    /// <returns>False when every slot up to now is empty.</returns>
    public bool TryTakeDue(long nowMs, out uint flowIndex)
    {
        long nowTick = nowMs >> SlotShift;
        if (nowTick - _tick > SlotCount)
            _tick = nowTick - SlotCount; // After a pause one round visits every slot.

        while (_tick <= nowTick)
        {
            flowIndex = _heads[(uint)(_tick & (SlotCount - 1))];
            if (flowIndex != FlowTable.None)
            {
                Unschedule(flowIndex);
                return true;
            }

            if (_tick == nowTick)
                break;
            _tick++;
        }

        flowIndex = FlowTable.None;
        return false;
    }

    private ref TimerLink Link(uint flowIndex) => ref *(TimerLink*)(_links + (flowIndex * _strideBytes));

    /// <inheritdoc />
    public void Dispose() => _heads.Dispose();
}
