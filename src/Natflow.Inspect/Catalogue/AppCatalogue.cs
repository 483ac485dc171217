using System.Collections.Frozen;

using Natflow.Inspect.Domains;

namespace Natflow.Inspect.Catalogue;

/// <summary>Protocols, applications, categories and sources by number, and applications by domain. Compiled from text, then never changed; any thread.</summary>
public sealed class AppCatalogue : IDisposable
{
    private readonly FrozenDictionary<ushort, CatalogueEntry> _entries;
    private readonly FrozenDictionary<byte, string> _categories;
    private readonly FrozenDictionary<byte, string> _sources;

    internal AppCatalogue(CatalogueFacts facts, DomainTable domains)
    {
        Revision = facts.Revision;
        _entries = facts.Entries.Values.ToFrozenDictionary(static entry => entry.Id);
        _categories = facts.Categories.ToFrozenDictionary(static pair => pair.Value, static pair => pair.Key);
        _sources = facts.Sources.ToFrozenDictionary(static pair => pair.Value, static pair => pair.Key);
        Domains = domains;
        AppCount = _entries.Values.Count(static entry => !entry.IsCarrier);
        LastSource = _sources.Count == 0 ? (byte)0 : _sources.Keys.Max();
    }

    /// <summary>Revision of the catalogue that comes with the program.</summary>
    public uint Revision { get; }

    /// <summary>Protocols and applications, carriers not counted.</summary>
    public int AppCount { get; }

    /// <summary>The highest source number.</summary>
    public byte LastSource { get; }

    /// <summary>Every protocol, carrier and application, by id.</summary>
    public IEnumerable<CatalogueEntry> Entries => _entries.Values.OrderBy(static entry => entry.Id);

    /// <summary>Applications by domain; the numbers are application ids.</summary>
    public DomainTable Domains { get; }

    /// <summary>Reads and checks a catalogue.</summary>
    /// <param name="texts">The built-in one first; the others add to it.</param>
    /// <param name="seed">For the domain table: see <see cref="DomainTable"/>.</param>
    /// <param name="catalogue">The catalogue; null when there is an error.</param>
    /// <returns>All errors, by file and line; empty when the catalogue is good.</returns>
    public static IReadOnlyList<CatalogueError> TryLoad(IReadOnlyList<CatalogueText> texts, ulong seed, out AppCatalogue? catalogue)
    {
        var facts = new CatalogueFacts();
        foreach (CatalogueText text in texts)
            new CatalogueReader(facts, text, isOwn: !ReferenceEquals(text, texts[0])).Read();

        catalogue = null;
        if (facts.Errors.Count == 0)
        {
            var domains = new DomainTable(Math.Max(1, facts.Domains.Count), seed);
            foreach (CatalogueDomain domain in facts.Domains)
                facts.AddTo(domains, domain);
            if (facts.Errors.Count == 0)
                catalogue = new AppCatalogue(facts, domains);
            else
                domains.Dispose();
        }

        return facts.Errors;
    }

    /// <summary>The catalogue that comes with the program, with its additions.</summary>
    /// <param name="seed">As in <see cref="TryLoad"/>.</param>
    public static AppCatalogue LoadBuiltIn(ulong seed)
    {
        IReadOnlyList<CatalogueError> errors = TryLoad([CatalogueText.BuiltIn, CatalogueText.Additions], seed, out AppCatalogue? catalogue);
        return catalogue ?? throw new InvalidOperationException(string.Join('\n', errors));
    }

    /// <summary>An entry's name.</summary>
    /// <param name="id">A protocol or application.</param>
    /// <returns><c>-</c> for an id that has no entry.</returns>
    public string NameOf(ushort id) => _entries.TryGetValue(id, out CatalogueEntry? entry) ? entry.Name : "-";

    /// <summary>An entry's category; 0 for an id that has no entry.</summary>
    public byte CategoryOf(ushort id) => _entries.TryGetValue(id, out CatalogueEntry? entry) ? entry.CategoryId : (byte)0;

    /// <summary>A category's name; <c>unknown</c> for a number that has none.</summary>
    public string CategoryName(byte categoryId) => _categories.TryGetValue(categoryId, out string? name) ? name : "unknown";

    /// <summary>A source's name; <c>-</c> for a number that has none.</summary>
    public string SourceName(byte source) => _sources.TryGetValue(source, out string? name) ? name : "-";

    /// <inheritdoc />
    public void Dispose() => Domains.Dispose();
}
