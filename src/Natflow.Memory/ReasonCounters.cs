using System.Runtime.CompilerServices;
using Natflow.Core;

namespace Natflow.Memory;

/// <summary>One 64-bit counter a <see cref="DropReason"/>, in cache lines of their own. One thread adds; any thread may read.</summary>
public sealed class ReasonCounters : IDisposable
{
    private readonly NativeArray<ulong> _counts = new(256);

    /// <summary>Adds one. Owner thread.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One increment.
    public void Add(DropReason reason) => _counts[(uint)reason]++;

    /// <summary>Adds several. Owner thread.</summary>
    public void Add(DropReason reason, int count) => _counts[(uint)reason] += (uint)count;

    /// <summary>Current value; from another thread it may lag.</summary>
    public ulong Read(DropReason reason) => Volatile.Read(ref _counts[(uint)reason]);

    /// <summary>Sum over all reasons.</summary>
    public ulong Total()
    {
        ulong total = 0;
        foreach (DropReason reason in Enum.GetValues<DropReason>())
            total += Read(reason);
        return total;
    }

    /// <inheritdoc />
    public void Dispose() => _counts.Dispose();
}
