namespace Natflow.Hocon.Reading;

/// <summary>How an include names what it includes.</summary>
internal enum IncludeForm
{
    /// <summary><c>"name"</c>: beside the including file, else a resource.</summary>
    Plain,

    /// <summary><c>file("name")</c>.</summary>
    File,

    /// <summary><c>classpath("name")</c>.</summary>
    Resource,
}

/// <summary>An include statement.</summary>
/// <param name="Form">How it names its target.</param>
/// <param name="Name">The name.</param>
/// <param name="IsRequired">Whether a missing target is an error.</param>
/// <param name="Location">Place of the statement.</param>
internal sealed record IncludeStatement(IncludeForm Form, string Name, bool IsRequired, HoconLocation Location)
{
    /// <summary>Reads what follows the word <c>include</c>.</summary>
    internal static IncludeStatement Read(HoconLexer lexer, HoconLocation location)
    {
        bool isRequired = lexer.TryTakeWord("required(");
        IncludeForm? form = lexer.TryTakeWord("file(") ? IncludeForm.File : lexer.TryTakeWord("classpath(") ? IncludeForm.Resource : null;
        if (form is null && lexer.TryTakeWord("url("))
            throw new HoconException(HoconErrorKind.Include, location, string.Empty, "url() is not allowed: a configuration is read from this machine alone");

        if (!lexer.TryTakeWord("\"", isTaken: false))
            throw lexer.Error(lexer.Peek(), "include needs one name in quotes: \"name\", file(\"name\") or classpath(\"name\"), each also inside required()");
        HoconToken name = lexer.Take();
        if (name.Kind != HoconTokenKind.Quoted)
            throw lexer.Error(name, "include needs its name in plain quotes");
        for (int open = (form is null ? 0 : 1) + (isRequired ? 1 : 0); open > 0; open--)
        {
            if (!lexer.TryTakeWord(")"))
                throw lexer.Error(lexer.Peek(), "include lacks its ')'");
        }

        return new IncludeStatement(form ?? IncludeForm.Plain, name.Text, isRequired, location);
    }
}
