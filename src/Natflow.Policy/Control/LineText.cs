using System.Globalization;

namespace Natflow.Policy.Control;

/// <summary>The words that all control devices read alike.</summary>
internal static class LineText
{
    /// <summary>Longest set name, characters: IPSET_MAXNAMELEN less its zero.</summary>
    public const int SetNameMax = 31;

    /// <summary>Longest interface name, characters: IFNAMSIZ less its zero.</summary>
    public const int InterfaceNameMax = 15;

    /// <summary>Whether a line says nothing: empty or a comment, as dumps have them.</summary>
    public static bool IsSilent(ReadOnlySpan<char> line) => line.IsWhiteSpace() || line[0] == '#';

    /// <summary>Whether text holds what would break a line or a terminal.</summary>
    public static bool HasControlCharacter(ReadOnlySpan<char> text)
    {
        foreach (char c in text)
        {
            if (char.IsControl(c) && c != '\t')
                return true;
        }

        return false;
    }

    /// <summary>The rest of a line behind a keyword; keywords match by prefix, as the original's do.</summary>
    public static bool TryRest(string line, string keyword, out string rest)
    {
        bool matches = line.StartsWith(keyword, StringComparison.Ordinal);
        rest = matches ? line[keyword.Length..] : "";
        return matches;
    }

    /// <summary>An unsigned decimal number at the start of the text; what follows the digits is left alone, as the original does.</summary>
    public static bool TryNumber(ReadOnlySpan<char> text, uint max, out uint number)
    {
        int end = text.IndexOfAnyExceptInRange('0', '9');
        return TryStrictNumber(end < 0 ? text : text[..end], max, out number);
    }

    /// <summary>An unsigned decimal number and nothing else.</summary>
    public static bool TryStrictNumber(ReadOnlySpan<char> text, uint max, out uint number) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number) && number <= max;

    /// <summary>Whether text can be the name of a set: it must stand between commas and survive a dump.</summary>
    public static bool IsSetName(ReadOnlySpan<char> text) => text.Length is > 0 and <= SetNameMax && !text.ContainsAnyExceptInRange('!', '~') && !text.Contains(',');

    /// <summary>Whether text can be the name of an interface.</summary>
    public static bool IsInterfaceName(ReadOnlySpan<char> text) => text.Length is > 0 and <= InterfaceNameMax && !text.ContainsAnyExceptInRange('!', '~') && !text.ContainsAny(",/");

    /// <summary>The error of a line that no command matches.</summary>
    public static ControlResult Unknown(string line) => ControlResult.Ignored($"'{Shown(line)}' is no command of this device");

    /// <summary>The error of a number that is none or too large.</summary>
    public static ControlResult BadNumber(string line, uint max) => ControlResult.Ignored($"'{Shown(line)}': a number from 0 to {max} was expected");

    /// <summary>A line as an error shows it: bounded.</summary>
    public static string Shown(string line) => line.Length <= 80 ? line : line[..80] + "…";
}
