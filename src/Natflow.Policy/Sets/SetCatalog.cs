using System.Collections.Frozen;

namespace Natflow.Policy.Sets;

/// <summary>All named sets at one time: replaced whole, so that no rule ever sees half of a change. Any thread.</summary>
public sealed class SetCatalog
{
    private readonly FrozenDictionary<string, NamedSet> _sets;

    /// <summary>Takes sets; of two of one name the last counts.</summary>
    public SetCatalog(IEnumerable<NamedSet> sets)
    {
        var byName = new Dictionary<string, NamedSet>(StringComparer.Ordinal);
        foreach (NamedSet set in sets)
            byName[set.Name] = set;
        _sets = byName.ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>No set.</summary>
    public static SetCatalog Empty { get; } = new([]);

    /// <summary>Sets.</summary>
    public int Count => _sets.Count;

    /// <summary>All sets, in any order.</summary>
    public IReadOnlyCollection<NamedSet> All => _sets.Values;

    /// <summary>A set, or null.</summary>
    public NamedSet? Find(string name) => _sets.GetValueOrDefault(name);

    /// <summary>The catalogue with a set added or replaced; this one stays as it is.</summary>
    public SetCatalog With(NamedSet set) => new(_sets.Values.Append(set));

    /// <summary>The catalogue without a set; this one stays as it is.</summary>
    public SetCatalog Without(string name) => new(_sets.Values.Where(set => set.Name != name));

    /// <summary>Whether a set is there and holds an address. A missing set holds nothing.</summary>
    public bool Contains(string name, in IpAddress address) => Find(name)?.Contains(address) ?? false;

    /// <summary>Whether a set is there and holds a MAC.</summary>
    public bool ContainsMac(string name, ulong mac) => Find(name)?.ContainsMac(mac) ?? false;

    /// <summary>Whether a set is there and holds a port.</summary>
    public bool ContainsPort(string name, ushort port) => Find(name)?.ContainsPort(port) ?? false;
}
