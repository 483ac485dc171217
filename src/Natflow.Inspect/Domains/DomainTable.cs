using System.Numerics;
using System.Runtime.CompilerServices;

using Natflow.Memory;

namespace Natflow.Inspect.Domains;

/// <summary>
/// Domains with a number each, matched exactly or by suffix at a label's border. A lookup costs one pass over the name and one wait for memory, whatever the table's
/// size: the cache lines of all suffixes that have as many labels as some domain are asked for before the first is read, and no branch waits for what they hold.
/// </summary>
/// <remarks>
/// Off the managed heap, 13 bytes a domain at its fullest: a million stay in a last-level cache. Holds 65 bits of a keyed 128-bit hash instead of the text (see
/// <see cref="DomainHash"/>): the lines' number and 48 more. Filled by one thread, then read by any number; never changed while it is read: a new list is a new table.
/// </remarks>
public sealed class DomainTable : IDisposable
{
    // Of a hundred slots. Fuller lines spill into the next too often, emptier ones do not stay in the cache.
    private const int FillPercent = 60;

    // Labels whose cache lines are asked for together; a longer name takes further rounds.
    private const int RoundLabels = 4;

    private readonly NativeArray<DomainBucket> _buckets;
    private readonly DomainValues _values = new();
    private readonly DomainSecret _secret;
    private readonly ulong _bucketCount;

    // A bit for each number of labels that some domain has, from bit 0 for one; the last bit for its own number and all above.
    private ulong _depths;

    /// <summary>An empty table.</summary>
    /// <param name="capacity">Domains it will hold, 1 to 500 million.</param>
    /// <param name="seed">From the system's random source in production: collisions cannot be computed without it.</param>
    public DomainTable(int capacity, ulong seed)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 500_000_000);
        Capacity = capacity;
        _secret = new DomainSecret(seed);
        _buckets = new NativeArray<DomainBucket>((int)((capacity * 100L / (FillPercent * DomainBucket.Slots)) + 1));
        _bucketCount = (ulong)_buckets.Length;
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
    /// <returns>Also <see cref="DomainAddResult.Full"/> when domains have more than 32,767 different pairs of values of both kinds.</returns>
    public DomainAddResult TryAdd(ReadOnlySpan<byte> domain, ushort value, DomainMatch match)
    {
        ArgumentOutOfRangeException.ThrowIfZero(value);
        Span<byte> text = stackalloc byte[HostName.BytesMax];
        if (!HostName.TryNormalize(domain, HostNameRules.WithUnderscore, text, out int length))
            return DomainAddResult.Invalid;

        DomainHash hash = HashOf(text[..length]);
        uint index = FindOrFree(in hash, out int slot);
        uint place = _buckets[index].PlaceOf(slot);
        ushort exact = _values.ExactOf(place);
        ushort suffix = _values.SuffixOf(place);
        if ((match == DomainMatch.Exact ? exact : suffix) != 0)
            return DomainAddResult.Duplicate;
        bool hasPair = match == DomainMatch.Exact ? _values.TryPlace(value, suffix, out ushort newPlace) : _values.TryPlace(exact, value, out newPlace);
        if (Count == Capacity || !hasPair)
            return DomainAddResult.Full;
        for (uint home = IndexOf(in hash); home != index; home = Next(home))
            _buckets[home].IsSpilled = true;
        _buckets[index].Set(slot, PrintOf(in hash), CheckOf(in hash), newPlace);
        _depths |= DepthBit(text[..length].Count((byte)'.'));
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

        Span<ushort> dots = stackalloc ushort[DomainText.BlocksMax];
        var text = new DomainText(host, stackalloc byte[DomainText.TailBytes]);
        text.FindDots(dots);
        return FindSuffixes(in text, dots, host.Length);
    }

    /// <inheritdoc />
    public void Dispose() => _buckets.Dispose();

    // From the top-level label to the whole name: what is found later is longer and replaces what was found before.
    private ushort FindSuffixes(in DomainText text, ReadOnlySpan<ushort> dots, int length)
    {
        Span<DomainHash> round = stackalloc DomainHash[RoundLabels];
        DomainHash hash = default;
        int found = 0;
        uint place = 0;
        int end = length;
        int block = (length - 1) / DomainText.BlockBytes;
        uint bits = dots[block];
        int depth = 0; // Labels of the suffix so far.
        int last = 0; // Labels of the one looked up last.
        bool isWhole = false;
        while (!isWhole)
        {
            int count = 0;
            while (count < RoundLabels && !isWhole)
            {
                while (bits == 0 && block > 0)
                    bits = dots[--block];
                int highest = 31 - BitOperations.LeadingZeroCount(bits);
                int start = bits == 0 ? 0 : (block * DomainText.BlockBytes) + highest + 1;
                isWhole = bits == 0;
                bits &= ~(1u << (highest & 31));
                if (end == start)
                    return 0; // An empty label: no name.
                hash.Add(in text, start, end - start, in _secret);
                end = start - 1;
                if ((_depths & DepthBit(depth++)) == 0)
                    continue; // No domain of so many labels: nothing to wait for.
                _buckets.Prefetch(IndexOf(in hash));
                round[count++] = hash;
                last = depth;
            }

            for (int i = 0; i < count; i++)
            {
                place = FindPlace(in round[i]);
                int suffix = _values.SuffixOf(place);
                int hasSuffix = -suffix >> 31; // All ones or none: no branch, which would wait for the line.
                found = (suffix & hasSuffix) | (found & ~hasSuffix);
            }
        }

        ushort exact = last == depth ? _values.ExactOf(place) : (ushort)0;
        return exact != 0 ? exact : (ushort)found;
    }

    private static ulong DepthBit(int labels) => 1UL << Math.Min(labels, 63);

    private DomainHash HashOf(ReadOnlySpan<byte> name)
    {
        var text = new DomainText(name, stackalloc byte[DomainText.TailBytes]);
        DomainHash hash = default;
        for (int end = name.Length; end > 0;)
        {
            int start = name[..end].LastIndexOf((byte)'.') + 1;
            hash.Add(in text, start, end - start, in _secret);
            end = start - 1;
        }

        return hash;
    }

    // The upper half of the first lane gives the line, the second lane what is kept in it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A multiplication in the lookup's loop.
    private uint IndexOf(in DomainHash hash) => (uint)(((hash.Low >> 32) * _bucketCount) >> 32);

    private static uint PrintOf(in DomainHash hash) => (uint)hash.High;

    private static ushort CheckOf(in DomainHash hash) => (ushort)(hash.High >> 32);

    private uint Next(uint index) => index + 1 == (uint)_bucketCount ? 0 : index + 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // The lookup's loop; the line was asked for before.
    private uint FindPlace(in DomainHash hash)
    {
        uint index = IndexOf(in hash);
        uint place = _buckets[index].Find(PrintOf(in hash), CheckOf(in hash));
        return !_buckets[index].IsSpilled || place != 0 ? place : FindSpilled(in hash, index);
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // One lookup of twenty.
    private uint FindSpilled(in DomainHash hash, uint index)
    {
        uint place = 0;
        while (place == 0 && _buckets[index].IsSpilled)
        {
            index = Next(index);
            place = _buckets[index].Find(PrintOf(in hash), CheckOf(in hash));
        }

        return place;
    }

    // There is always a free slot, for the table is never full.
    private uint FindOrFree(in DomainHash hash, out int slot)
    {
        uint index = IndexOf(in hash);
        while ((slot = _buckets[index].SlotOf(PrintOf(in hash), CheckOf(in hash))) < 0)
            index = Next(index);
        return index;
    }
}
