using System.Runtime.CompilerServices;
using Natflow.Memory;

namespace Natflow.Flows.Users;

/// <summary>
/// The policy records of all users of the gateway: each shard has its range of it, and a soft PPE has the same memory mapped. Where no PPE shares it, its own memory.
/// </summary>
/// <remarks>Any thread reads; who writes what says <see cref="PolicyRecord"/>.</remarks>
public sealed unsafe class PolicyTable : IDisposable
{
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

    /// <inheritdoc />
    public void Dispose() => _own?.Dispose();
}
