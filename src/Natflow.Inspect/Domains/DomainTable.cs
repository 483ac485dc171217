using System.Numerics;
using System.Runtime.CompilerServices;

using Natflow.Memory;

namespace Natflow.Inspect.Domains;

/// <summary>
/// Domains with a number each, matched exactly or by suffix at a label's border. A lookup costs one pass over the name and one wait for memory, whatever the table's
/// size: the cache lines of all suffixes that have as many labels as some domain under the same top-level label are asked for before the first is read, and no branch
/// waits for what they hold.
/// </summary>
/// <remarks>
/// Off the managed heap, 13 bytes a domain at its fullest: a million stay in a last-level cache. Holds a keyed 64-bit hash instead of the text (see
/// <see cref="DomainHash"/>): 48 bits, and the line's number from the rest. Filled by one thread, then read by any number; never changed while it is read: a new list
/// is a new table.
/// </remarks>
public sealed class DomainTable : IDisposable
{
    // Of a hundred slots. Fuller lines spill into the next too often, emptier ones do not stay in the cache.
    private const int FillPercent = 60;

    // Labels whose cache lines are asked for together; a longer name takes further rounds.
    private const int RoundLabels = 4;

    private const int DepthBits = 8;
    private const int DepthShift = 64 - DepthBits;

    private readonly NativeArray<DomainBucket> _buckets;
    private readonly DomainValues _values = new();
    private readonly DomainSecret _secret;
    private readonly ulong _bucketCount;

    // By the highest bits of the top-level label's hash: a bit for each number of labels that some domain under it has, from bit 0 for one; the last bit for its own
    // number and all above.
    private readonly ulong[] _depths = new ulong[1 << DepthBits];

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

        ulong hash = HashOf(text[..length]);
        uint index = FindOrFree(hash, out int slot);
        uint place = _buckets[index].PlaceOf(slot);
        ushort exact = _values.ExactOf(place);
        ushort suffix = _values.SuffixOf(place);
        if ((match == DomainMatch.Exact ? exact : suffix) != 0)
            return DomainAddResult.Duplicate;
        bool hasPair = match == DomainMatch.Exact ? _values.TryPlace(value, suffix, out ushort newPlace) : _values.TryPlace(exact, value, out newPlace);
        if (Count == Capacity || !hasPair)
            return DomainAddResult.Full;
        for (uint home = IndexOf(hash); home != index; home = Next(home))
            _buckets[home].IsSpilled = true;
        _buckets[index].Set(slot, PrintOf(hash), CheckOf(hash), newPlace);
        _depths[TopHash(text[..length]) >> DepthShift] |= DepthBit(text[..length].Count((byte)'.'));
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

        if (host.Length is < DomainText.BlockBytes or > DomainText.WindowBytes)
            return FindCopied(host);
        var text = new DomainText(host);
        ulong dots = text.Dots(out bool hasUpper);
        if (hasUpper)
            return FindCopied(host);
        bool hasEmptyLabel = (dots & ((dots << 1) | 1 | (1UL << (host.Length - 1)))) != 0;
        return hasEmptyLabel ? (ushort)0 : FindSuffixes(in text, dots, host.Length);
    }

    /// <inheritdoc />
    public void Dispose() => _buckets.Dispose();

    [MethodImpl(MethodImplOptions.NoInlining)] // Long names, very short ones, and those with letters in upper case.
    private ushort FindCopied(ReadOnlySpan<byte> host)
    {
        Span<byte> lower = stackalloc byte[HostName.BytesMax];
        byte before = (byte)'.';
        for (int i = 0; i < host.Length; i++)
        {
            byte letter = host[i];
            if (letter == (byte)'.' && before == (byte)'.')
                return 0;
            before = letter;
            lower[i] = letter is >= (byte)'A' and <= (byte)'Z' ? (byte)(letter | 0x20) : letter;
        }

        var text = new DomainText(lower[..Math.Max(host.Length, DomainText.BlockBytes)]);
        return before == (byte)'.' ? (ushort)0 : FindSuffixes(in text, text.DotsOfWindow((host.Length - 1) / DomainText.WindowBytes), host.Length);
    }

    // From the top-level label to the whole name: what is found later is longer and replaces what was found before.
    private ushort FindSuffixes(in DomainText text, ulong dots, int length)
    {
        var round = default(Round);
        ulong depths = ulong.MaxValue;
        ulong hash = 0;
        int found = 0;
        uint place = 0;
        int end = length;
        int window = (length - 1) / DomainText.WindowBytes;
        int depth = 0; // Labels of the suffix so far.
        bool isWhole = false;
        bool hasWhole = false; // The name itself was looked up.
        while (!isWhole && depths >= DepthBit(depth))
        {
            int count = 0;
            do
            {
                while (dots == 0 && window > 0)
                    dots = text.DotsOfWindow(--window);
                int highest = 63 - BitOperations.LeadingZeroCount(dots);
                isWhole = dots == 0;
                int start = isWhole ? 0 : (window * DomainText.WindowBytes) + highest + 1;
                dots &= ~(1UL << highest);
                hash = DomainHash.Add(hash, in text, start, end - start, in _secret);
                end = start - 1;
                if (depth == 0)
                    depths = _depths[hash >> DepthShift];
                if ((depths & DepthBit(depth++)) == 0)
                    continue; // No domain of so many labels: nothing to wait for.
                _buckets.Prefetch(IndexOf(hash));
                round[count++] = hash;
                hasWhole = isWhole;
            }
            while (count < RoundLabels && !isWhole && depths >= DepthBit(depth));

            for (int i = 0; i < count; i++)
            {
                place = FindPlace(round[i]);
                int suffix = _values.SuffixOf(place);
                int hasSuffix = -suffix >> 31; // All ones or none: no branch, which would wait for the line.
                found = (suffix & hasSuffix) | (found & ~hasSuffix);
            }
        }

        ushort exact = hasWhole ? _values.ExactOf(place) : (ushort)0;
        return exact != 0 ? exact : (ushort)found;
    }

    private static ulong DepthBit(int labels) => 1UL << Math.Min(labels, 63);

    private ulong HashOf(ReadOnlySpan<byte> name)
    {
        Span<byte> padded = stackalloc byte[HostName.BytesMax];
        name.CopyTo(padded);
        var text = new DomainText(padded[..Math.Max(name.Length, DomainText.BlockBytes)]);
        ulong hash = 0;
        for (int end = name.Length; end > 0;)
        {
            int start = name[..end].LastIndexOf((byte)'.') + 1;
            hash = DomainHash.Add(hash, in text, start, end - start, in _secret);
            end = start - 1;
        }

        return hash;
    }

    private ulong TopHash(ReadOnlySpan<byte> name) => HashOf(name[(name.LastIndexOf((byte)'.') + 1)..]);

    // The upper half gives the line; the lower half and sixteen bits of the upper are kept in it.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A multiplication in the lookup's loop.
    private uint IndexOf(ulong hash) => (uint)(((hash >> 32) * _bucketCount) >> 32);

    private static uint PrintOf(ulong hash) => (uint)hash;

    private static ushort CheckOf(ulong hash) => (ushort)(hash >> 32);

    private uint Next(uint index) => index + 1 == (uint)_bucketCount ? 0 : index + 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // The lookup's loop; the line was asked for before.
    private uint FindPlace(ulong hash)
    {
        uint index = IndexOf(hash);
        uint place = _buckets[index].Find(PrintOf(hash), CheckOf(hash));
        return !_buckets[index].IsSpilled || place != 0 ? place : FindSpilled(hash, index);
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // One lookup of twenty.
    private uint FindSpilled(ulong hash, uint index)
    {
        uint place = 0;
        while (place == 0 && _buckets[index].IsSpilled)
        {
            index = Next(index);
            place = _buckets[index].Find(PrintOf(hash), CheckOf(hash));
        }

        return place;
    }

    // There is always a free slot, for the table is never full.
    private uint FindOrFree(ulong hash, out int slot)
    {
        uint index = IndexOf(hash);
        while ((slot = _buckets[index].SlotOf(PrintOf(hash), CheckOf(hash))) < 0)
            index = Next(index);
        return index;
    }

    [InlineArray(RoundLabels)]
    private struct Round
    {
        private ulong _first;
    }
}
