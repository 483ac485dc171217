namespace Natflow.Inspect.Catalogue;

/// <summary>A catalogue as text.</summary>
/// <param name="File">A name for error messages.</param>
/// <param name="Text">The lines.</param>
public sealed record CatalogueText(string File, string Text)
{
    private const string BuiltInName = "natflow.catalogue";

    /// <summary>The catalogue that comes with the program.</summary>
    public static CatalogueText BuiltIn { get; } = new(BuiltInName, ReadBuiltIn());

    private static string ReadBuiltIn()
    {
        using Stream stream = typeof(CatalogueText).Assembly.GetManifestResourceStream(BuiltInName)!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
