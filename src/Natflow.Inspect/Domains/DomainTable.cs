using System.Numerics;
using System.Runtime.CompilerServices;

using Natflow.Memory;

namespace Natflow.Inspect.Domains;

/// <summary>
/// Domains with a number each, matched exactly or by suffix at a label's border. A lookup costs one wait for memory, whatever the table's size: only suffixes of as many
/// labels as some domain with the same end has are looked for, and no branch waits for what a cache line holds, so that those of all of them are under way at once.
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

    private const int DepthBits = 8;
    private const int EndingBytes = 2; // With a dot in front of a shorter one.

    private readonly NativeArray<DomainBucket> _buckets;
    private readonly DomainValues _values = new();
    private readonly DomainSecret _secret;
    private readonly ulong _bucketCount;

    // By the last bytes of a name, hashed without a secret, for names that meet cost a wait and give no wrong answer: a bit for each number of labels that some domain with
    // such an end has, from bit 0 for one; the last bit for its own number and all above.
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
        Span<byte> name = DomainText.Room(stackalloc byte[DomainText.RoomBytes]);
        if (!HostName.TryNormalize(domain, HostNameRules.WithUnderscore, name, out int length))
            return DomainAddResult.Invalid;

        name = name[..length];
        var text = new DomainText(name);
        ulong hash = DomainHash.Of(text, 0, in _secret);
        uint index = FindOrFree(hash, out int slot);
        uint pair = _values.PairOf(_buckets[index].PlaceOf(slot));
        ushort exact = DomainValues.ExactOf(pair);
        ushort suffix = DomainValues.SuffixOf(pair);
        if ((match == DomainMatch.Exact ? exact : suffix) != 0)
            return DomainAddResult.Duplicate;
        bool hasPair = match == DomainMatch.Exact ? _values.TryPlace(value, suffix, out ushort newPlace) : _values.TryPlace(exact, value, out newPlace);
        if (Count == Capacity || !hasPair)
            return DomainAddResult.Full;
        for (uint home = IndexOf(hash); home != index; home = Next(home))
            _buckets[home].IsSpilled = true;
        _buckets[index].Set(slot, PrintOf(hash), CheckOf(hash), newPlace);
        DepthsOf(text) |= DepthBit(name.Count((byte)'.'));
        Count++;
        return DomainAddResult.Added;
    }

    /// <summary>Finds the number of a name: of its exact entry, else of the longest suffix.</summary>
    /// <param name="host">Any bytes; case does not matter, one trailing dot is ignored.</param>
    /// <returns>0 when nothing matches, or it is longer than a name can be.</returns>
    /// <remarks>No allocation. Any thread.</remarks>
    public ushort Find(ReadOnlySpan<byte> host)
    {
        int length = host.Length;
        if (length != 0 && host[length - 1] == (byte)'.')
            length--;
        ReadOnlySpan<byte> name = host[..length];
        if (length is < DomainText.WordBytes or > DomainText.WindowBytes)
            return FindCopied(name);
        var text = new DomainText(name);
        ulong dots = text.Dots(out bool hasUpper);
        return hasUpper ? FindCopied(name) : FindSuffixes(text, dots);
    }

    /// <inheritdoc />
    public void Dispose() => _buckets.Dispose();

    [MethodImpl(MethodImplOptions.NoInlining)] // Long names, very short ones, and those with letters in upper case.
    private ushort FindCopied(ReadOnlySpan<byte> host)
    {
        if (host.Length is 0 or > HostName.BytesMax)
            return 0;
        Span<byte> lower = DomainText.Room(stackalloc byte[DomainText.RoomBytes])[..host.Length];
        ulong dots = 0;
        for (int i = 0; i < host.Length; i++)
        {
            lower[i] = host[i] is >= (byte)'A' and <= (byte)'Z' ? (byte)(host[i] | 0x20) : host[i];
            dots |= host[i] == (byte)'.' ? 1UL << i : 0;
        }

        return host.Length > DomainText.WindowBytes ? FindLong(lower) : FindSuffixes(new DomainText(lower), dots);
    }

    // From the top-level label to the whole name: what is found later is longer and replaces what was found before.
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // The fewer instructions a lookup has, the more of the next runs while this one waits for its line.
    private ushort FindSuffixes(DomainText text, ulong dots)
    {
        if ((dots & ((dots << 1) | 1 | (1UL << (text.Length - 1)))) != 0)
            return 0; // An empty label.

        ulong depths = DepthsOf(text);
        uint found = 0;
        uint whole = 0;
        while (depths != 0)
        {
            int skipped = BitOperations.TrailingZeroCount(depths); // Suffixes of as many labels as no domain has: nothing to wait for.
            depths = (depths >> skipped) >> 1;
            for (; skipped > 0 && dots != 0; skipped--)
                dots = WithoutLast(dots);
            if (skipped > 0)
                break; // The name has fewer labels.

            int start = StartOf(dots);
            uint pair = _values.PairOf(FindPlace(DomainHash.Of(text, start, in _secret)));
            uint hasSuffix = (uint)(-DomainValues.SuffixOf(pair) >> 31); // All ones or none: no branch, which would wait for the line.
            found = (pair & hasSuffix) | (found & ~hasSuffix);
            if (start == 0)
            {
                whole = pair;
                break;
            }

            dots = WithoutLast(dots);
        }

        ushort exact = DomainValues.ExactOf(whole);
        return exact != 0 ? exact : DomainValues.SuffixOf(found);
    }

    // Where the last label begins.
    private static int StartOf(ulong dots) => 64 - BitOperations.LeadingZeroCount(dots);

    private static ulong WithoutLast(ulong dots) => dots & ~(1UL << (63 - BitOperations.LeadingZeroCount(dots)));

    // A name of more than one window is rare: one line after another.
    private ushort FindLong(ReadOnlySpan<byte> name)
    {
        if (name[0] == (byte)'.' || name[^1] == (byte)'.' || name.IndexOf(".."u8) >= 0)
            return 0;

        var text = new DomainText(name);
        ulong depths = DepthsOf(text);
        uint found = 0;
        int depth = 0;
        for (int end = name.Length; end > 0 && depths >= DepthBit(depth); depth++)
        {
            int start = name[..end].LastIndexOf((byte)'.') + 1;
            end = start - 1;
            if ((depths & DepthBit(depth)) == 0)
                continue;
            uint pair = _values.PairOf(FindPlace(DomainHash.Of(text, start, in _secret)));
            if (start == 0 && DomainValues.ExactOf(pair) != 0)
                return DomainValues.ExactOf(pair);
            if (DomainValues.SuffixOf(pair) != 0)
                found = pair;
        }

        return DomainValues.SuffixOf(found);
    }

    private static ulong DepthBit(int labels) => 1UL << Math.Min(labels, 63);

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A load and a multiplication.
    private ref ulong DepthsOf(DomainText text)
    {
        uint ending = (uint)(text.Word(text.Length - DomainText.WordBytes) >> (8 * (DomainText.WordBytes - EndingBytes)));
        return ref _depths[(int)((ending * 0x9E37_79B9) >> (32 - DepthBits))];
    }

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
        return _buckets[index].IsBehind(place) ? FindSpilled(hash, index) : place;
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
}
