using Natflow.Hocon.Reading;
using Natflow.Hocon.Resolving;

namespace Natflow.Hocon;

/// <summary>A configuration as it was read, includes in place and substitutions still open, so that layers can be put together first.</summary>
public sealed class HoconDocument
{
    private readonly HoconValue _root;
    private readonly HoconOptions _options;

    private HoconDocument(HoconValue root, HoconOptions options)
    {
        _root = root;
        _options = options;
    }

    /// <summary>Reads a text.</summary>
    /// <param name="text">HOCON.</param>
    /// <param name="name">Name of the text, for errors.</param>
    /// <param name="options">What the text may see; null for nothing.</param>
    /// <exception cref="HoconException">The text is no configuration, or is beyond the limits.</exception>
    public static HoconDocument Parse(string text, string name = "configuration", HoconOptions? options = null)
    {
        options ??= new HoconOptions();
        return new HoconDocument(new DocumentReader(options).ReadText(text, name), options);
    }

    /// <summary>Reads a text that is to take a file's place: its syntax is that of the file's name, and what it includes is found as from there.</summary>
    /// <param name="text">The text.</param>
    /// <param name="path">The file, which need not exist.</param>
    /// <param name="options">What the text may see; null for nothing.</param>
    /// <exception cref="HoconException">The text is no configuration, or is beyond the limits.</exception>
    public static HoconDocument ParseInPlaceOf(string text, string path, HoconOptions? options = null)
    {
        options ??= new HoconOptions();
        return new HoconDocument(new DocumentReader(options).ReadInPlaceOf(text, path), options);
    }

    /// <summary>Reads a file: HOCON, or JSON or properties where its name says so.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What it may see; null for nothing.</param>
    /// <exception cref="HoconException">The file is missing or no configuration, or is beyond the limits.</exception>
    public static HoconDocument Load(string path, HoconOptions? options = null)
    {
        options ??= new HoconOptions();
        return new HoconDocument(new DocumentReader(options).ReadMain(path), options);
    }

    /// <summary>This document over a resolved configuration that says what it leaves out. Its substitutions see the other's values, never the other way round.</summary>
    /// <exception cref="HoconException">This document is a list.</exception>
    public HoconDocument Over(HoconConfig defaults)
    {
        if (_root is not HoconObject)
            throw NoObject(_root);
        return new HoconDocument(Merging.Merge(_root, defaults.Root, mayChangeOlder: false), _options);
    }

    /// <summary>Resolves every substitution.</summary>
    /// <exception cref="HoconException">A substitution has no value or leads back to itself, or the document is a list.</exception>
    public HoconConfig Resolve() => new(ResolveValue() as HoconObject ?? throw NoObject(_root));

    /// <summary>As <see cref="Resolve"/>, for a document that may be a list.</summary>
    /// <exception cref="HoconException">A substitution has no value or leads back to itself.</exception>
    public HoconValue ResolveValue() => Resolver.Resolve(_root, _options);

    private static HoconException NoObject(HoconValue root) =>
        new(HoconErrorKind.Type, root.Location, string.Empty, "the document is a list, and a configuration is an object");
}
