using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Natflow.Memory;

/// <summary>A fixed array of an unmanaged type outside the managed heap, zeroed, 2 MiB aligned. One owner thread writes.</summary>
/// <typeparam name="T">An unmanaged layout type.</typeparam>
public sealed unsafe class NativeArray<T> : IDisposable
    where T : unmanaged
{
    private readonly NativeBlock _block;
    private readonly T* _items;

    /// <summary>Maps room for <paramref name="length"/> elements.</summary>
    /// <param name="length">Number of elements, greater than 0.</param>
    public NativeArray(int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        Length = length;
        _block = new NativeBlock((nuint)length * (nuint)sizeof(T));
        _items = (T*)_block.Base;
    }

    /// <summary>Number of elements.</summary>
    public int Length { get; }

    /// <summary>Size in bytes.</summary>
    public long LengthBytes => (long)Length * sizeof(T);

    /// <summary>First element; valid until disposal. For owners that keep a raw pointer in their hot loops.</summary>
    public T* Base => _items;

    /// <summary>All elements.</summary>
    public Span<T> Span => new(_items, Length);

    /// <summary>The element at <paramref name="index"/>; checked in debug builds only.</summary>
    public ref T this[uint index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)] // An address computation; the bound is the owner's invariant.
        get
        {
            Debug.Assert(index < (uint)Length, "index inside the array");
            return ref _items[index];
        }
    }

    /// <summary>Asks the cache for the line that holds an element.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One instruction.
    public void Prefetch(uint index)
    {
        if (Sse.IsSupported)
            Sse.Prefetch0(_items + index);
    }

    /// <inheritdoc cref="NativeBlock.TryPopulate" />
    public bool TryPopulate() => _block.TryPopulate();

    /// <inheritdoc />
    public void Dispose() => _block.Dispose();
}
