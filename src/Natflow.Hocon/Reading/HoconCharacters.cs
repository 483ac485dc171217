using System.Globalization;

namespace Natflow.Hocon.Reading;

/// <summary>Which characters are what. <see cref="char.IsWhiteSpace(char)"/> differs from HOCON in U+0085, U+FEFF and U+001C to U+001F.</summary>
internal static class HoconCharacters
{
    private const string Forbidden = "$\"{}[]:=,+#`^?!@*&\\";

    /// <summary>Whitespace, the newline included.</summary>
    internal static bool IsWhitespace(char unit) => unit switch
    {
        '\t' or '\n' or '\v' or '\f' or '\r' or ' ' or '\uFEFF' => true,
        >= '\u001C' and <= '\u001F' => true,
        < '\u0080' => false,
        _ => char.GetUnicodeCategory(unit) is UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator,
    };

    /// <summary>Whether unquoted text may hold the character; comments are another matter.</summary>
    internal static bool IsUnquoted(char unit) => !Forbidden.Contains(unit, StringComparison.Ordinal) && !IsWhitespace(unit);
}
