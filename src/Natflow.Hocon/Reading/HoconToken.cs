namespace Natflow.Hocon.Reading;

/// <summary>One token.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Text">Content of a string; source text of a scalar; the path of a substitution as written.</param>
/// <param name="Gap">Whitespace in front of it on the same line.</param>
/// <param name="Line">Line of its first character, from 1.</param>
/// <param name="Column">Column of its first character, from 1.</param>
/// <param name="Path">Elements of a substitution's path.</param>
/// <param name="IsOptional">Whether a substitution is <c>${?...}</c>.</param>
internal readonly record struct HoconToken(
    HoconTokenKind Kind, string Text, string Gap, int Line, int Column, HoconPath? Path = null, bool IsOptional = false)
{
    /// <summary>Whether the token can be a piece of a path or a simple value.</summary>
    internal bool IsScalar => Kind is HoconTokenKind.Quoted or HoconTokenKind.TripleQuoted or HoconTokenKind.Unquoted
        or HoconTokenKind.Number or HoconTokenKind.Boolean or HoconTokenKind.Null;

    /// <summary>The token in words, for errors.</summary>
    internal string InWords() => Kind switch
    {
        HoconTokenKind.End => "the end of the text",
        HoconTokenKind.Newline => "the end of the line",
        HoconTokenKind.Substitution => $"${{{Text}}}",
        HoconTokenKind.Quoted or HoconTokenKind.TripleQuoted => $"\"{Shortened()}\"",
        _ => $"'{Shortened()}'",
    };

    private string Shortened() => Text.Length <= 40 ? Text : $"{Text.AsSpan(0, 37)}...";
}
