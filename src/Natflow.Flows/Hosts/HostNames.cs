using System.Numerics;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Memory;

namespace Natflow.Flows.Hosts;

/// <summary>Names of hosts that living flows asked for, each once, with the number of its flows. Bounded: where there is no room a name is not kept.</summary>
/// <remarks>Owner thread of the shard; all memory is reserved at start, and resident only as names come.</remarks>
public sealed class HostNames : IDisposable
{
    /// <summary>No name.</summary>
    public const uint None = 0;

    /// <summary>Longest name kept, bytes: RFC 1035 section 2.3.4, and a port behind it.</summary>
    public const int LengthBytesMax = CellBytes - 1;

    /// <summary>Names at most that a table may have.</summary>
    public const int CapacityMax = 1 << 22;

    private const int CellBytes = 264;

    private readonly FlowHash _hash;
    private readonly NativeArray<uint> _heads;
    private readonly NativeArray<Entry> _entries; // Element 0 is nobody's.
    private readonly NativeArray<byte> _texts;
    private readonly uint _headMask;
    private uint _free = None;
    private uint _untouched = 1;

    /// <summary>Reserves memory.</summary>
    /// <param name="capacity">Names at most, 1 to <see cref="CapacityMax"/>.</param>
    /// <param name="hash">The gateway's keyed hash: which names share a chain is no stranger's to choose.</param>
    public HostNames(int capacity, FlowHash hash)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(capacity is > 0 and <= CapacityMax, true, nameof(capacity));
        _hash = hash;
        int heads = (int)BitOperations.RoundUpToPowerOf2((uint)capacity);
        _headMask = (uint)heads - 1;
        _heads = new NativeArray<uint>(heads);
        _entries = new NativeArray<Entry>(capacity + 1);
        _texts = new NativeArray<byte>((capacity + 1) * CellBytes);
    }

    /// <summary>Names.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes reserved.</summary>
    public long LengthBytes => _heads.LengthBytes + _entries.LengthBytes + _texts.LengthBytes;

    /// <summary>A name, as it was taken.</summary>
    public ReadOnlySpan<byte> this[uint number] => _texts.Span.Slice((int)number * CellBytes, _entries[number].LengthBytes);

    /// <summary>Takes a name once more.</summary>
    /// <param name="name">Bytes as they stood on the wire.</param>
    /// <returns>Its number; <see cref="None"/> where it is empty, too long, or finds no room.</returns>
    public uint Take(ReadOnlySpan<byte> name)
    {
        if (name.Length is 0 or > LengthBytesMax)
            return None;
        uint hash = HashOf(name);
        ref uint head = ref _heads[hash & _headMask];
        for (uint number = head; number != None; number = _entries[number].Next)
        {
            if (_entries[number].Hash == hash && this[number].SequenceEqual(name))
            {
                _entries[number].FlowCount++;
                return number;
            }
        }

        return Add(name, hash, ref head);
    }

    /// <summary>Gives a name back; with its last flow it goes.</summary>
    public void Release(uint number)
    {
        ref Entry entry = ref _entries[number];
        if (--entry.FlowCount != 0)
            return;
        ref uint link = ref _heads[entry.Hash & _headMask];
        while (link != number)
            link = ref _entries[link].Next;
        link = entry.Next;
        entry.Next = _free;
        _free = number;
        Count--;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _heads.Dispose();
        _entries.Dispose();
        _texts.Dispose();
    }

    private uint HashOf(ReadOnlySpan<byte> name)
    {
        uint hash = _hash.Of((ulong)name.Length);
        for (; name.Length >= sizeof(ulong); name = name[sizeof(ulong)..])
            hash = _hash.Of(BitConverter.ToUInt64(name) ^ ((ulong)hash << 32) ^ hash);
        ulong rest = 0;
        foreach (byte letter in name)
            rest = (rest << 8) | letter;
        return _hash.Of(rest ^ ((ulong)hash << 32) ^ hash);
    }

    private uint Add(ReadOnlySpan<byte> name, uint hash, ref uint head)
    {
        uint number = _free;
        if (number != None)
            _free = _entries[number].Next;
        else if (_untouched < (uint)_entries.Length)
            number = _untouched++;
        else
            return None;
        _entries[number] = new Entry { Hash = hash, Next = head, FlowCount = 1, LengthBytes = (ushort)name.Length };
        name.CopyTo(_texts.Span[((int)number * CellBytes)..]);
        head = number;
        Count++;
        return number;
    }

    [StructLayout(LayoutKind.Sequential, Pack = 4, Size = 16)]
    private struct Entry
    {
        internal uint Hash;
        internal uint Next;
        internal uint FlowCount;
        internal ushort LengthBytes;
    }
}
