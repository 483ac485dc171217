using Natflow.Hocon.Resolving;

namespace Natflow.Hocon.Reading;

/// <summary>Reads a text and everything it includes into one unresolved root.</summary>
internal sealed class DocumentReader
{
    private readonly SourceReader _sources;

    internal DocumentReader(HoconOptions options) => _sources = new SourceReader(options);

    /// <summary>Bounds.</summary>
    internal HoconLimits Limits => _sources.Limits;

    /// <summary>The file that the operator named.</summary>
    internal HoconValue ReadMain(string path) => Read(_sources.ReadMain(path), [], isInArray: false, depth: 0);

    /// <summary>A text that is no file.</summary>
    internal HoconValue ReadText(string text, string name) => Read(_sources.Own(text, name), [], isInArray: false, depth: 0);

    /// <summary>A text that stands for a file.</summary>
    internal HoconValue ReadInPlaceOf(string text, string path) => Read(_sources.InPlaceOf(text, path), [], isInArray: false, depth: 0);

    /// <summary>Fields of everything that an include names; none where nothing of it exists and it is not required.</summary>
    internal HoconObject ReadIncluded(IncludeStatement include, SourceText from, IReadOnlyList<string> path, bool isInArray, int depth)
    {
        List<SourceText> sources = _sources.Find(include, from);
        if (sources.Count == 0 && include.IsRequired)
            throw new HoconException(HoconErrorKind.Include, include.Location, string.Empty, $"the required \"{include.Name}\" is missing");

        var fields = new HoconObject(include.Location);
        foreach (SourceText source in sources)
        {
            if (Read(source, path, isInArray, depth) is not HoconObject root)
                throw new HoconException(HoconErrorKind.Type, include.Location, string.Empty, $"{source.Name} holds a list: only an object can be included");
            foreach ((string name, HoconValue value) in root.Fields)
                Merging.Put(fields, name, value);
        }

        return fields;
    }

    private HoconValue Read(SourceText source, IReadOnlyList<string> prefix, bool isInArray, int depth) => source.Syntax switch
    {
        SourceSyntax.Json => new JsonParser(source, Limits, depth).ReadRoot(),
        SourceSyntax.Properties => PropertiesParser.Read(source, Limits),
        _ => new HoconParser(source, this, prefix, isInArray, depth).ReadRoot(),
    };
}
