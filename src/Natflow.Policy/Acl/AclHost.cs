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
