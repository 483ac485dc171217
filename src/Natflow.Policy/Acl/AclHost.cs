using System.Diagnostics.CodeAnalysis;

namespace Natflow.Policy.Acl;

/// <summary>Host names as rules and lookups compare them: lower case, without the root dot. Underscores are letters: names with them are in use.</summary>
public static class AclHost
{
    /// <summary>Longest name, characters.</summary>
    public const int LengthMax = 253;

    private const int LabelMax = 63;

    /// <summary>Brings a name into the form that is compared.</summary>
    /// <param name="text">A name as a rule or a packet has it, without port.</param>
    /// <param name="host">The form, on success.</param>
    /// <returns>False for what is no name: empty, too long, an empty label, a label that starts or ends with a hyphen, another character.</returns>
    public static bool TryNormalise(ReadOnlySpan<char> text, [NotNullWhen(true)] out string? host)
    {
        host = null;
        if (text.EndsWith('.'))
            text = text[..^1];
        if (text.Length is 0 or > LengthMax)
            return false;
        foreach (Range range in text.Split('.'))
        {
            ReadOnlySpan<char> label = text[range];
            if (label.Length is 0 or > LabelMax || label[0] == '-' || label[^1] == '-' || !IsLabel(label))
                return false;
        }

        Span<char> lower = stackalloc char[LengthMax];
        int length = text.ToLowerInvariant(lower);
        host = new string(lower[..length]);
        return true;
    }

    /// <summary>Brings a name off the wire into the form that is compared. Nothing is allocated.</summary>
    /// <param name="text">Any bytes.</param>
    /// <param name="mayHavePort">Whether a colon and a port may follow.</param>
    /// <param name="host">Room of <see cref="LengthMax"/>; receives the form.</param>
    /// <returns>Its length; 0 for what is no name: no rule but the default holds for it.</returns>
    public static int Normalise(ReadOnlySpan<byte> text, bool mayHavePort, Span<char> host)
    {
        int colon = mayHavePort ? text.IndexOf((byte)':') : -1;
        if (colon >= 0)
            text = text[..colon];
        if (text.EndsWith("."u8))
            text = text[..^1];
        if (text.Length is 0 or > LengthMax)
            return 0;
        int start = 0;
        for (int i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] != '.')
            {
                host[i] = char.ToLowerInvariant((char)text[i]);
                continue;
            }

            ReadOnlySpan<char> label = host[start..i];
            if (label.Length is 0 or > LabelMax || label[0] == '-' || label[^1] == '-' || !IsLabel(label))
                return 0;
            if (i < text.Length)
                host[i] = '.';
            start = i + 1;
        }

        return text.Length;
    }

    private static bool IsLabel(ReadOnlySpan<char> label)
    {
        foreach (char c in label)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('-' or '_'))
                return false;
        }

        return true;
    }
}
