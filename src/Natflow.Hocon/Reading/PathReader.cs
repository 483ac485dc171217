using System.Text;

namespace Natflow.Hocon.Reading;

/// <summary>Path expressions: keys, the inside of <c>${}</c>, and paths of the accessors.</summary>
internal static class PathReader
{
    /// <summary>Reads a path from tokens up to one that ends it, which stays.</summary>
    /// <param name="lexer">The tokens.</param>
    /// <param name="ends">Whether a token ends the path.</param>
    /// <param name="expected">What belongs here, in words.</param>
    internal static HoconPath Read(HoconLexer lexer, Predicate<HoconToken> ends, string expected)
    {
        HoconToken first = lexer.Peek();
        var elements = new List<string>();
        var current = new StringBuilder();
        bool isEmptyAllowed = false;
        bool isFirst = true;
        for (HoconToken token = first; !ends(token); token = lexer.Peek())
        {
            if (!token.IsScalar)
                throw lexer.Error(token, $"{token.InWords()} stands where {expected} belongs");
            if (!isFirst)
                current.Append(token.Gap);
            isFirst = false;
            if (token.Kind is HoconTokenKind.Quoted or HoconTokenKind.TripleQuoted)
            {
                current.Append(token.Text);
                isEmptyAllowed = true;
            }
            else
            {
                Split(lexer, token, elements, current, ref isEmptyAllowed);
            }

            lexer.Take();
        }

        if (isFirst)
            throw lexer.Error(first, $"{first.InWords()} stands where {expected} belongs");
        EndElement(lexer, first, elements, current, ref isEmptyAllowed);
        return new HoconPath(elements);
    }

    /// <summary>Reads a text that is a path and nothing else.</summary>
    internal static HoconPath ReadWhole(string text) =>
        Read(new HoconLexer(text, "path"), static token => token.Kind == HoconTokenKind.End, "a path such as nat.ports");

    private static void Split(HoconLexer lexer, in HoconToken token, List<string> elements, StringBuilder current, ref bool isEmptyAllowed)
    {
        ReadOnlySpan<char> rest = token.Text;
        for (int dot = rest.IndexOf('.'); dot >= 0; dot = rest.IndexOf('.'))
        {
            current.Append(rest[..dot]);
            EndElement(lexer, token, elements, current, ref isEmptyAllowed);
            rest = rest[(dot + 1)..];
        }

        current.Append(rest);
    }

    private static void EndElement(HoconLexer lexer, in HoconToken token, List<string> elements, StringBuilder current, ref bool isEmptyAllowed)
    {
        if (current.Length == 0 && !isEmptyAllowed)
            throw lexer.Error(token, "a path has no empty element: write \"\" if an empty name is meant");
        elements.Add(current.ToString());
        current.Clear();
        isEmptyAllowed = false;
    }
}
