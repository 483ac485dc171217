using System.Diagnostics.CodeAnalysis;

namespace Natflow.Netlink.Model;

/// <summary>The links of a model. Immutable; any thread.</summary>
public sealed class LinkTable
{
    private readonly SnapshotMap<int, Link> _links;

    internal LinkTable(SnapshotMap<int, Link> links) => _links = links;

    /// <summary>Number of links.</summary>
    public int Count => _links.Count;

    /// <summary>All links, by index.</summary>
    public IEnumerable<Link> All => _links.All().Select(static pair => pair.Value).OrderBy(static link => link.Index);

    /// <summary>Finds a link. No allocation.</summary>
    public bool TryFind(int index, [NotNullWhen(true)] out Link? link) => _links.TryGet(index, out link);

    /// <summary>Finds a link by name; searches all.</summary>
    public bool TryFind(string name, [NotNullWhen(true)] out Link? link)
    {
        link = _links.All().FirstOrDefault(pair => pair.Value.Name == name).Value;
        return link is not null;
    }
}
