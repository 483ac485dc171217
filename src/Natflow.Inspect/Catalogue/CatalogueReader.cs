using System.Buffers;
using System.Globalization;

using Natflow.Inspect.Domains;

namespace Natflow.Inspect.Catalogue;

/// <summary>Reads one catalogue text. Total: what is not understood is an error of its line, and the next line is read.</summary>
internal sealed class CatalogueReader(CatalogueFacts facts, CatalogueText text, bool isOwn)
{
    // A file of another kind is not reported line by line.
    private const int ErrorsMax = 100;

    private const int CategoryMax = 254;

    private static readonly SearchValues<char> NameLetters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-.");

    private int _line;

    internal void Read()
    {
        foreach (ReadOnlySpan<char> line in text.Text.AsSpan().EnumerateLines())
        {
            _line++;
            int comment = line.IndexOf('#');
            string[] fields = (comment < 0 ? line : line[..comment]).ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length != 0)
                ReadFact(fields);
            if (facts.Errors.Count >= ErrorsMax)
                return;
        }
    }

    private void ReadFact(string[] fields)
    {
        switch (fields[0])
        {
            case "revision" when fields.Length == 2 && !isOwn:
                facts.Revision = (uint)Number(fields[1], 1, int.MaxValue);
                break;
            case "category" when fields.Length >= 3:
                AddNumbered(facts.Categories, "category", Number(fields[1], 0, CategoryMax), Rest(fields, 2));
                break;
            case "source" when fields.Length == 3 && !isOwn:
                AddNumbered(facts.Sources, "source", Number(fields[1], 1, CategoryMax), fields[2]);
                break;
            case "protocol" when fields.Length >= 4 && !isOwn:
                AddEntry(Number(fields[1], 1, CatalogueEntry.CarrierIdMin - 1), fields[2], Rest(fields, 3));
                break;
            case "carrier" when fields.Length == 3 && !isOwn:
                AddEntry(Number(fields[1], CatalogueEntry.CarrierIdMin, CatalogueEntry.AppIdMin - 1), fields[2], "unknown");
                break;
            case "app" when fields.Length >= 4:
                AddEntry(Number(fields[1], isOwn ? CatalogueEntry.OwnAppIdMin : CatalogueEntry.AppIdMin, ushort.MaxValue), fields[2], Rest(fields, 3));
                break;
            case "exact" or "suffix" when fields.Length == 3:
                AddDomain(fields[0] == "exact" ? DomainMatch.Exact : DomainMatch.Suffix, fields[1], fields[2]);
                break;
            default:
                Add(isOwn
                    ? "expected 'app ID NAME CATEGORY', 'exact APP DOMAIN', 'suffix APP DOMAIN' or 'category N NAME'"
                    : "expected a fact as the head of the built-in catalogue lists them");
                break;
        }
    }

    private static string Rest(string[] fields, int from) => string.Join(' ', fields[from..]);

    private void AddNumbered(Dictionary<string, byte> map, string what, long number, string name)
    {
        if (number < 0)
            return;
        if (map.ContainsValue((byte)number))
            Add($"{what} {number} has a name already");
        else if (!map.TryAdd(name, (byte)number))
            Add($"{what} '{name}' has a number already");
    }

    private void AddEntry(long id, string name, string category)
    {
        if (id < 0)
            return;
        if (name.AsSpan().ContainsAnyExcept(NameLetters))
            Add($"'{name}': a name holds lower-case letters, digits, hyphens and dots");
        else if (!facts.Categories.TryGetValue(category, out byte categoryId))
            Add($"there is no category '{category}' above this line");
        else if (!facts.Ids.Add((ushort)id))
            Add($"id {id} (0x{id:X}) is taken");
        else if (!facts.Entries.TryAdd(name, new CatalogueEntry((ushort)id, name, categoryId)))
            Add($"'{name}' has an id already");
    }

    private void AddDomain(DomainMatch match, string app, string domain)
    {
        if (!facts.Entries.TryGetValue(app, out CatalogueEntry? entry) || !entry.IsApp)
            Add($"there is no app '{app}' above this line");
        else if (!System.Text.Ascii.IsValid(domain))
            Add($"'{domain}' is no domain: write it in punycode");
        else
            facts.Domains.Add(new CatalogueDomain(domain, entry.Id, match, text.File, _line));
    }

    // -1, with the error noted, when it is none.
    private long Number(string field, long min, long max)
    {
        bool isHex = field.StartsWith("0x", StringComparison.Ordinal);
        bool isNumber = isHex
            ? long.TryParse(field.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out long number)
            : long.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out number);
        if (isNumber && number >= min && number <= max)
            return number;
        Add($"'{field}' is no number from {min} to {max} (0x{min:X} to 0x{max:X})");
        return -1;
    }

    private void Add(string message) => facts.Errors.Add(new CatalogueError(text.File, _line, message));
}
