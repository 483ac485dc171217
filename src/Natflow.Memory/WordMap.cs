using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Natflow.Core;

namespace Natflow.Memory;

/// <summary>A small open-addressing map from a non-zero word to a number, built once and then only read, by any thread.</summary>
public sealed class WordMap : IDisposable
{
    private readonly NativeArray<Slot> _slots;
    private readonly uint _mask;
    private readonly FlowHash _hash;

    /// <summary>Builds the map; a quarter full at most, so that a miss costs one probe as a rule.</summary>
    /// <param name="entries">Distinct keys, none 0.</param>
    /// <param name="hash">The gateway's hash.</param>
    /// <exception cref="ArgumentException">A key is 0 or given twice.</exception>
    public WordMap(IReadOnlyCollection<KeyValuePair<ulong, int>> entries, FlowHash hash)
    {
        _slots = new NativeArray<Slot>((int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(4, entries.Count * 4)));
        _mask = (uint)_slots.Length - 1;
        _hash = hash;
        foreach ((ulong key, int value) in entries)
            Insert(key, value);
        Count = entries.Count;
    }

    /// <summary>Number of keys.</summary>
    public int Count { get; }

    /// <summary>Finds a key's number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Asked for each packet from outside.
    public bool TryFind(ulong key, out int value)
    {
        uint position = _hash.Of(key) & _mask;
        while (_slots[position].Key != 0)
        {
            if (_slots[position].Key == key)
            {
                value = _slots[position].Value;
                return true;
            }

            position = (position + 1) & _mask;
        }

        value = -1;
        return false;
    }

    /// <inheritdoc />
    public void Dispose() => _slots.Dispose();

    private void Insert(ulong key, int value)
    {
        if (key == 0 || TryFind(key, out _))
            throw new ArgumentException($"key {key:x} is 0 or given twice", nameof(key));
        uint position = _hash.Of(key) & _mask;
        while (_slots[position].Key != 0)
            position = (position + 1) & _mask;
        _slots[position] = new Slot { Key = key, Value = value };
    }

    [StructLayout(LayoutKind.Sequential, Size = 16)]
    private struct Slot
    {
        internal ulong Key;
        internal int Value;
    }
}
