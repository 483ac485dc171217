using System.Globalization;

namespace Natflow.Hocon.Reading;

/// <summary>Which texts are numbers.</summary>
internal static class HoconNumber
{
    /// <summary>Whether a run of digits, signs, dots and exponents is a number: an integer of 64 bits, or a finite one with a dot or exponent.</summary>
    internal static bool IsNumber(string text) => text.AsSpan().ContainsAny('.', 'e', 'E')
        ? double.TryParse(text, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out double value)
            && double.IsFinite(value)
        : long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _);

    /// <summary>Whether the text follows JSON's grammar of numbers: no leading zero, digits on both sides of the dot.</summary>
    internal static bool IsJsonNumber(ReadOnlySpan<char> text)
    {
        if (text.StartsWith('-'))
            text = text[1..];
        int whole = DigitsOf(text);
        if (whole == 0 || (whole > 1 && text[0] == '0'))
            return false;
        text = text[whole..];
        if (text.StartsWith('.'))
        {
            int fraction = DigitsOf(text[1..]);
            if (fraction == 0)
                return false;
            text = text[(1 + fraction)..];
        }

        if (text.IsEmpty)
            return true;
        if (text[0] is not ('e' or 'E'))
            return false;
        text = text[1..];
        if (!text.IsEmpty && text[0] is '+' or '-')
            text = text[1..];
        return !text.IsEmpty && DigitsOf(text) == text.Length;
    }

    private static int DigitsOf(ReadOnlySpan<char> text)
    {
        int count = 0;
        while (count < text.Length && char.IsAsciiDigit(text[count]))
            count++;
        return count;
    }
}
