using System.Globalization;

namespace Natflow.Policy;

/// <summary>MAC addresses as numbers: the low 48 bits, first byte highest.</summary>
public static class MacText
{
    private const int TextLength = 17;
    private const ulong LocalBit = 1UL << 41;

    /// <summary>Whether a MAC is locally administered (IEEE 802 section 8.2), as randomised ones are: it tells little about who comes back with it.</summary>
    public static bool IsLocallyAdministered(ulong mac) => (mac & LocalBit) != 0;

    /// <summary>Six pairs of lower-case hexadecimal digits with colons.</summary>
    public static string Print(ulong mac) => string.Create(
        CultureInfo.InvariantCulture, $"{(byte)(mac >> 40):x2}:{(byte)(mac >> 32):x2}:{(byte)(mac >> 24):x2}:{(byte)(mac >> 16):x2}:{(byte)(mac >> 8):x2}:{(byte)mac:x2}");

    /// <summary>Reads six pairs of hexadecimal digits with colons or hyphens between them.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out ulong mac)
    {
        mac = 0;
        if (text.Length != TextLength)
            return false;
        for (int i = 0; i < TextLength; i += 3)
        {
            if (!byte.TryParse(text.Slice(i, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out byte part))
                return false;
            if (i > 0 && text[i - 1] is not (':' or '-'))
                return false;
            mac = (mac << 8) | part;
        }

        return true;
    }
}
