using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

using Natflow.Memory;

namespace Natflow.Inspect.Domains;

/// <summary>
/// Domains with a number each, matched exactly or by suffix at a label's border. A lookup costs one pass over the name and one wait for memory, whatever the table's
/// size: the cache lines of all the name's suffixes are asked for before the first is read.
/// </summary>
/// <remarks>
/// Off the managed heap, 32 bytes a domain at its fullest. Holds 96 bits of a keyed 128-bit hash instead of the text (see <see cref="DomainHash"/>). Filled by one
/// thread, then read by any number; never changed while it is read: a new list is a new table.
/// </remarks>
public sealed class DomainTable : IDisposable
{
    private const int SlotsPerBucket = 4;

    // Mean fill of a bucket is 2 of 4 at most, so that the bucket behind is rarely needed.
    private const int BucketFillMax = 2;

    // Labels whose cache lines are asked for together; a longer name takes further rounds.
    private const int RoundLabels = 8;

    // The longest name, a dot more, whole vectors, and what the hash may read behind it.
    private const int ScratchBytes = 288;

    private readonly NativeArray<Bucket> _buckets;
    private readonly DomainSecret _secret;
    private readonly uint _mask;

    /// <summary>An empty table.</summary>
    /// <param name="capacity">Domains it will hold, 1 to 500 million.</param>
    /// <param name="seed">From the system's random source in production: collisions cannot be computed without it.</param>
    public DomainTable(int capacity, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 500_000_000);
        Capacity = capacity;
        _secret = new DomainSecret(seed);
        _buckets = new NativeArray<Bucket>((int)BitOperations.RoundUpToPowerOf2((uint)((capacity + BucketFillMax - 1) / BucketFillMax)));
        _mask = (uint)_buckets.Length - 1;
    }

    /// <summary>Domains it can hold.</summary>
    public int Capacity { get; }

    /// <summary>Domains in it.</summary>
    public int Count { get; private set; }

    /// <summary>Its size in bytes.</summary>
    public long LengthBytes => _buckets.LengthBytes;

    /// <summary>Adds a domain.</summary>
    /// <param name="domain">Text; case does not matter, one trailing dot is ignored, underscores are allowed.</param>
    /// <param name="value">Given back by <see cref="Find"/>; not 0.</param>
    /// <param name="match">What it stands for. A domain may be in the table once of each kind.</param>
    public DomainAddResult TryAdd(ReadOnlySpan<byte> domain, ushort value, DomainMatch match)
    {
        ArgumentOutOfRangeException.ThrowIfZero(value);
        Span<byte> text = stackalloc byte[ScratchBytes];
        if (!HostName.TryNormalize(domain, HostNameRules.WithUnderscore, text, out int length))
            return DomainAddResult.Invalid;

        ref Slot slot = ref FindOrFree(HashOf(text, length));
        ref ushort place = ref match == DomainMatch.Exact ? ref slot.Exact : ref slot.Suffix;
        if (place != 0)
            return DomainAddResult.Duplicate;
        if (Count == Capacity)
        {
            if ((slot.Exact | slot.Suffix) == 0)
                slot = default;
            return DomainAddResult.Full;
        }

        place = value;
        Count++;
        return DomainAddResult.Added;
    }

    /// <summary>Finds the number of a name: of its exact entry, else of the longest suffix.</summary>
    /// <param name="host">Any bytes; case does not matter, one trailing dot is ignored.</param>
    /// <returns>0 when nothing matches, or it is longer than a name can be.</returns>
    /// <remarks>No allocation. Any thread.</remarks>
    public ushort Find(ReadOnlySpan<byte> host)
    {
        if (host.Length != 0 && host[^1] == (byte)'.')
            host = host[..^1];
        if (host.Length is 0 or > HostName.BytesMax)
            return 0;

        Span<byte> text = stackalloc byte[ScratchBytes];
        Span<ushort> dots = stackalloc ushort[ScratchBytes / Vector128<byte>.Count];
        host.CopyTo(text);
        Lower(text, dots, host.Length);
        return FindSuffixes(text, dots, host.Length);
    }

    /// <inheritdoc />
    public void Dispose() => _buckets.Dispose();

    // From the top-level label to the whole name: what is found later is longer and replaces what was found before.
    private ushort FindSuffixes(ReadOnlySpan<byte> text, ReadOnlySpan<ushort> dots, int length)
    {
        Span<DomainHash> round = stackalloc DomainHash[RoundLabels];
        DomainHash hash = default;
        ushort found = 0;
        int end = length;
        int block = (length - 1) / Vector128<byte>.Count;
        uint bits = dots[block];
        bool isWhole = false;
        while (!isWhole)
        {
            int count = 0;
            while (count < RoundLabels && !isWhole)
            {
                while (bits == 0 && block > 0)
                    bits = dots[--block];
                int highest = 31 - BitOperations.LeadingZeroCount(bits);
                int start = bits == 0 ? 0 : (block * Vector128<byte>.Count) + highest + 1;
                isWhole = bits == 0;
                bits &= ~(1u << (highest & 31));
                if (end == start)
                    return 0; // An empty label: no name.
                hash.Add(text[start..], end - start, in _secret);
                end = start - 1;
                _buckets.Prefetch((uint)hash.Low & _mask);
                round[count++] = hash;
            }

            for (int i = 0; i < count; i++)
            {
                if (!TryFind(in round[i], out Slot slot))
                    continue;
                if (slot.Suffix != 0)
                    found = slot.Suffix;
                if (isWhole && i == count - 1 && slot.Exact != 0)
                    found = slot.Exact;
            }
        }

        return found;
    }

    // Bytes beyond the length are zero: neither dots nor letters.
    private static void Lower(Span<byte> text, Span<ushort> dots, int length)
    {
        for (int i = 0; i < length; i += Vector128<byte>.Count)
        {
            Vector128<byte> bytes = Vector128.Create<byte>(text[i..]);
            Vector128<byte> isUpper = Vector128.LessThanOrEqual(bytes - Vector128.Create((byte)'A'), Vector128.Create((byte)('Z' - 'A')));
            (bytes | (isUpper & Vector128.Create((byte)0x20))).CopyTo(text[i..]);
            dots[i / Vector128<byte>.Count] = (ushort)Vector128.Equals(bytes, Vector128.Create((byte)'.')).ExtractMostSignificantBits();
        }
    }

    private DomainHash HashOf(ReadOnlySpan<byte> text, int length)
    {
        DomainHash hash = default;
        for (int end = length; end > 0;)
        {
            int start = text[..end].LastIndexOf((byte)'.') + 1;
            hash.Add(text[start..], end - start, in _secret);
            end = start - 1;
        }

        return hash;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // Twice in the lookup; its line was asked for before.
    private bool TryFind(in DomainHash hash, out Slot found)
    {
        uint check = (uint)(hash.Low >> 32);
        for (uint index = (uint)hash.Low & _mask; ; index = (index + 1) & _mask)
        {
            ref Bucket bucket = ref _buckets[index];
            for (int i = 0; i < SlotsPerBucket; i++)
            {
                ref Slot slot = ref bucket[i];
                if (slot.Print == hash.High && slot.Check == check)
                {
                    found = slot;
                    return true;
                }
            }

            // The table is never full, so that an open slot ends the search.
            if ((bucket[SlotsPerBucket - 1].Exact | bucket[SlotsPerBucket - 1].Suffix) == 0)
            {
                found = default;
                return false;
            }
        }
    }

    private ref Slot FindOrFree(in DomainHash hash)
    {
        uint check = (uint)(hash.Low >> 32);
        for (uint index = (uint)hash.Low & _mask; ; index = (index + 1) & _mask)
        {
            for (int i = 0; i < SlotsPerBucket; i++)
            {
                ref Slot slot = ref _buckets[index][i];
                bool isFree = (slot.Exact | slot.Suffix) == 0;
                if (!isFree && (slot.Print != hash.High || slot.Check != check))
                    continue;
                if (isFree)
                    slot = new Slot { Print = hash.High, Check = check };
                return ref slot;
            }
        }
    }

    [StructLayout(LayoutKind.Sequential, Size = 16)]
    private struct Slot
    {
        internal ulong Print;
        internal uint Check;
        internal ushort Exact;
        internal ushort Suffix;
    }

    [InlineArray(SlotsPerBucket)]
    private struct Bucket
    {
        private Slot _first;
    }
}
