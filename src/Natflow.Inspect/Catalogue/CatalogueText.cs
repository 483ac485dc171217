namespace Natflow.Inspect.Catalogue;

/// <summary>A catalogue as text.</summary>
/// <param name="File">A name for error messages.</param>
/// <param name="Text">The lines.</param>
public sealed record CatalogueText(string File, string Text)
{
    private const string BuiltInName = "natflow.catalogue";

    private const string AdditionsName = "more.catalogue";

    /// <summary>The catalogue that comes with the program: the original's, revision 3.</summary>
    public static CatalogueText BuiltIn { get; } = new(BuiltInName, Read(BuiltInName));

    /// <summary>Further names of its applications.</summary>
    public static CatalogueText Additions { get; } = new(AdditionsName, Read(AdditionsName));

    private static string Read(string name)
    {
        using Stream stream = typeof(CatalogueText).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
