using Natflow.Memory;

namespace Natflow.Flows.Offers;

/// <summary>Where each flow of one IP version stands with the PPE, and how many stand where. Owner thread only.</summary>
internal sealed class OffloadBook : IDisposable
{
    private const int LifeShift = 4;
    private const byte BusyMask = 0x0F;
    private const int RetryPasses = 9; // A pass takes a second and may have been under way: at least eight.

    private readonly NativeArray<OffloadRecord> _records;
    private readonly long[] _counts;

    internal OffloadBook(int flowCapacity, long[] counts)
    {
        _records = new NativeArray<OffloadRecord>(flowCapacity);
        _counts = counts;
    }

    internal long LengthBytes => _records.LengthBytes;

    /// <inheritdoc cref="NativeBlock.TryPopulate" />
    internal bool TryPopulate() => _records.TryPopulate();

    /// <summary>Where the sweep goes on.</summary>
    internal uint SweepPosition { get; set; }

    internal ref OffloadRecord this[uint flowIndex] => ref _records[flowIndex];

    internal bool IsHeld(uint flowIndex) => _records[flowIndex].Reason is OffloadReason.Offered or OffloadReason.Offloaded;

    internal void Set(uint flowIndex, OffloadReason reason)
    {
        ref OffloadRecord record = ref _records[flowIndex];
        _counts[(int)record.Reason]--;
        _counts[(int)reason]++;
        record.Reason = reason;
    }

    internal void SetFailed(uint flowIndex, OffloadReason reason, int pass)
    {
        Set(flowIndex, reason);
        ref OffloadRecord record = ref _records[flowIndex];
        record.BusyAndPass = (byte)((record.BusyAndPass & BusyMask) | (pass << LifeShift));
    }

    internal bool IsRetryDue(uint flowIndex, int pass) =>
        ((pass - (_records[flowIndex].BusyAndPass >> LifeShift)) & BusyMask) >= RetryPasses;

    internal OffloadBusy BusyOf(uint flowIndex) => (OffloadBusy)(_records[flowIndex].BusyAndPass & BusyMask);

    internal void SetBusy(uint flowIndex, OffloadBusy busy)
    {
        ref OffloadRecord record = ref _records[flowIndex];
        record.BusyAndPass = (byte)((record.BusyAndPass & ~BusyMask) | ((byte)busy & BusyMask));
    }

    /// <summary>A number for the next offer of the flow's life.</summary>
    internal ushort NextIncarnation(uint flowIndex)
    {
        ref OffloadRecord record = ref _records[flowIndex];
        record.Incarnation = (ushort)((record.Incarnation & ~BusyMask) | ((record.Incarnation + 1) & BusyMask));
        return record.Incarnation;
    }

    /// <summary>The entry of the flow table is free, or another flow's.</summary>
    internal void EndLife(uint flowIndex)
    {
        ref OffloadRecord record = ref _records[flowIndex];
        record.Incarnation = (ushort)((record.Incarnation & ~BusyMask) + (1 << LifeShift));
        record.BusyAndPass = 0;
    }

    internal bool IsSameLife(uint flowIndex, ushort incarnation) => _records[flowIndex].Incarnation >> LifeShift == incarnation >> LifeShift;

    public void Dispose() => _records.Dispose();
}
