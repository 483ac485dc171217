namespace Natflow.Inspect.Domains;

/// <summary>
/// The different pairs of numbers that domains of a table have: one for the name itself, one for the names below it. Lists have few, so that a domain keeps the
/// place of its pair in two bytes instead of both numbers.
/// </summary>
internal sealed class DomainValues
{
    /// <summary>Pairs it can hold.</summary>
    internal const int PairsMax = 0x7FFF;

    private readonly Dictionary<uint, ushort> _places = [];
    private uint[] _pairs = new uint[1]; // Place 0: no domain.

    /// <summary>The pair at a place, for <see cref="ExactOf"/> and <see cref="SuffixOf"/>.</summary>
    internal uint PairOf(uint place) => _pairs[place];

    /// <summary>Number of the name itself, 0 when the domain stands for the names below alone.</summary>
    internal static ushort ExactOf(uint pair) => (ushort)pair;

    /// <summary>Number of the names below, 0 when there is none.</summary>
    internal static ushort SuffixOf(uint pair) => (ushort)(pair >> 16);

    /// <summary>The place of a pair, made when it is new.</summary>
    /// <returns>False when there are as many as there can be.</returns>
    internal bool TryPlace(ushort exact, ushort suffix, out ushort place)
    {
        uint pair = exact | ((uint)suffix << 16);
        if (_places.TryGetValue(pair, out place))
            return true;
        int next = _places.Count + 1;
        if (next > PairsMax)
            return false;
        if (next == _pairs.Length)
            Array.Resize(ref _pairs, _pairs.Length * 2);
        place = (ushort)next;
        _pairs[next] = pair;
        _places.Add(pair, place);
        return true;
    }
}
