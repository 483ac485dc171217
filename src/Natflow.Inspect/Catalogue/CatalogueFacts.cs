using System.Text;

using Natflow.Inspect.Domains;

namespace Natflow.Inspect.Catalogue;

/// <summary>What was read so far of a catalogue, and what was wrong with it.</summary>
internal sealed class CatalogueFacts
{
    internal uint Revision { get; set; }

    internal Dictionary<string, byte> Categories { get; } = new(StringComparer.Ordinal);

    internal Dictionary<string, byte> Sources { get; } = new(StringComparer.Ordinal);

    internal Dictionary<string, CatalogueEntry> Entries { get; } = new(StringComparer.Ordinal);

    internal HashSet<ushort> Ids { get; } = [];

    internal List<CatalogueDomain> Domains { get; } = [];

    internal List<CatalogueError> Errors { get; } = [];

    internal void AddTo(DomainTable table, CatalogueDomain domain)
    {
        DomainAddResult result = table.TryAdd(Encoding.ASCII.GetBytes(domain.Name), domain.AppId, domain.Match);
        if (result == DomainAddResult.Duplicate)
            Errors.Add(new CatalogueError(domain.File, domain.Line, $"'{domain.Name}' has an application already"));
        else if (result != DomainAddResult.Added)
            Errors.Add(new CatalogueError(domain.File, domain.Line, $"'{domain.Name}' is no domain"));
    }
}
