namespace Natflow.Inspect.Domains;

/// <summary>
/// The different pairs of numbers that domains of a table have: one for the name itself, one for the names below it. Lists have few, so that a domain keeps the
/// place of its pair in two bytes instead of both numbers.
/// </summary>
internal sealed class DomainValues
{
    /// <summary>Pairs it can hold.</summary>
    internal const int PairsMax = 0x7FFF;

    private readonly Dictionary<(ushort Exact, ushort Suffix), ushort> _places = [];
    private ushort[] _exact = new ushort[1]; // Place 0: no domain.
    private ushort[] _suffix = new ushort[1];

    /// <summary>Number of the name itself, 0 when the domain stands for the names below alone.</summary>
    internal ushort ExactOf(uint place) => _exact[place];

    /// <summary>Number of the names below, 0 when there is none.</summary>
    internal ushort SuffixOf(uint place) => _suffix[place];

    /// <summary>The place of a pair, made when it is new.</summary>
    /// <returns>False when there are as many as there can be.</returns>
    internal bool TryPlace(ushort exact, ushort suffix, out ushort place)
    {
        if (_places.TryGetValue((exact, suffix), out place))
            return true;
        int next = _places.Count + 1;
        if (next > PairsMax)
            return false;
        if (next == _exact.Length)
        {
            Array.Resize(ref _exact, _exact.Length * 2);
            Array.Resize(ref _suffix, _suffix.Length * 2);
        }

        place = (ushort)next;
        _exact[next] = exact;
        _suffix[next] = suffix;
        _places.Add((exact, suffix), place);
        return true;
    }
}
