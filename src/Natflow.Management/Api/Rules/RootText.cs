namespace Natflow.Management.Api.Rules;

/// <summary>Finds where another field of a HOCON text's root can stand: behind everything, or before the brace that ends a root in braces.</summary>
internal static class RootText
{
    private const string LongQuote = "\"\"\"";

    /// <summary>Where the last field may end. Total: a text that is no HOCON gives some place in it.</summary>
    internal static int EndOfFields(string text)
    {
        int first = -1;
        int lastBrace = -1;
        for (int index = 0; index < text.Length;)
        {
            int next = SkipAside(text, index);
            if (next != index)
            {
                index = next;
                continue;
            }

            if (first < 0 && !char.IsWhiteSpace(text[index]) && text[index] != '\uFEFF')
                first = index;
            if (text[index] == '}')
                lastBrace = index;
            index++;
        }

        return first >= 0 && text[first] == '{' && lastBrace > first ? lastBrace : text.Length;
    }

    // Behind a comment or a string that begins here; braces in them mean nothing.
    private static int SkipAside(string text, int index)
    {
        ReadOnlySpan<char> rest = text.AsSpan(index);
        if (rest[0] == '#' || rest.StartsWith("//", StringComparison.Ordinal))
            return EndOf(text, index, "\n", 0);
        if (rest.StartsWith(LongQuote, StringComparison.Ordinal))
            return EndOf(text, index + LongQuote.Length, LongQuote, LongQuote.Length);
        if (rest[0] != '"')
            return index;
        int end = index + 1;
        while (end < text.Length && text[end] is not ('"' or '\n'))
            end += text[end] == '\\' ? 2 : 1;
        return Math.Min(end + 1, text.Length);
    }

    private static int EndOf(string text, int from, string mark, int markLength)
    {
        int found = text.IndexOf(mark, from, StringComparison.Ordinal);
        return found < 0 ? text.Length : found + markLength;
    }
}
