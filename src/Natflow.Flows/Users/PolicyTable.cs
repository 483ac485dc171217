using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Natflow.Memory;

namespace Natflow.Flows.Users;

/// <summary>
/// The policy records of all users of the gateway: each shard has its range of it, and a soft PPE has the same memory mapped. Where no PPE shares it, its own memory.
/// </summary>
/// <remarks>Any thread reads; who writes what says <see cref="PolicyRecord"/>.</remarks>
public sealed unsafe class PolicyTable : IDisposable
{
    /// <summary>Highest number of a rule: rules have the records 1 to this, which are the first of the gateway's table; record 0 is nobody's.</summary>
    public const int RuleNumberMax = 1024;

    /// <summary>Number of the first subscriber's record in the gateway's table.</summary>
    public const int UserBase = RuleNumberMax + 1;

    private readonly NativeArray<PolicyRecord>? _own;
    private readonly PolicyRecord* _records;

    /// <summary>A table in memory of its own.</summary>
    /// <param name="capacity">Records, greater than 0.</param>
    public PolicyTable(int capacity)
    {
        _own = new NativeArray<PolicyRecord>(capacity);
        _records = _own.Base;
        Capacity = capacity;
    }

    /// <summary>A table over memory that something else owns, such as a mapped BPF array.</summary>
    /// <param name="records">First record, aligned to a cache line; outlives the table.</param>
    /// <param name="capacity">Records, greater than 0.</param>
    public PolicyTable(PolicyRecord* records, int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        _records = records;
        Capacity = capacity;
    }

    /// <summary>Records.</summary>
    public int Capacity { get; }

    /// <summary>A record by number; the bound is the caller's invariant.</summary>
    public ref PolicyRecord this[uint index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] // An address computation.
        get => ref _records[index];
    }

    /// <summary>Asks the cache for a record.</summary>
    internal void Prefetch(uint index)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(_records + index);
    }

    /// <summary>Sets what all flows of a rule share. One thread; forwarders see it at once.</summary>
    /// <param name="rule">1 to <see cref="RuleNumberMax"/>.</param>
    /// <param name="limits">Valid limits; none for a rule that only marks.</param>
    /// <param name="dscpUp">Value of packets from subscribers, 0 to 63; null leaves them as they are.</param>
    /// <param name="dscpDown">Value of packets to subscribers.</param>
    /// <param name="isExclusive">Whether the subscriber's own meters are passed over.</param>
    public void SetRule(ushort rule, in PolicyLimits limits, byte? dscpUp, byte? dscpDown, bool isExclusive)
    {
        ref PolicyRecord record = ref _records[rule];
        record.Dscp = dscpUp ?? 0;
        record.DscpDown = dscpDown ?? 0;
        record.Verdict = Core.Verdict.Forward;
        record.Flags = (record.Flags & (PolicyFlags.MeterUp | PolicyFlags.MeterDown))
            | (dscpUp is null ? PolicyFlags.None : PolicyFlags.SetDscp) | (isExclusive ? PolicyFlags.Exclusive : PolicyFlags.None);
        Meter.Set(ref record, in limits);
    }

    /// <inheritdoc cref="NativeBlock.TryPopulate" />
    public bool TryPopulate() => _own?.TryPopulate() ?? true;

    /// <inheritdoc />
    public void Dispose() => _own?.Dispose();
}
