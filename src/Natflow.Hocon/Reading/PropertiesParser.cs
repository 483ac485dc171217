using System.Globalization;
using System.Text;

namespace Natflow.Hocon.Reading;

/// <summary>Java properties files: one level of <c>key=value</c>, every value a string, keys cut at every dot.</summary>
internal static class PropertiesParser
{
    /// <summary>Reads the whole text.</summary>
    internal static HoconObject Read(SourceText source, HoconLimits limits)
    {
        var root = new HoconObject(new HoconLocation(source.Name, 1, 1));
        foreach ((string line, int number) in LogicalLines(source.Text))
        {
            var location = new HoconLocation(source.Name, number, 1);
            (string key, string value) = Split(line, location);
            string[] elements = key.Split('.');
            if (elements.Length > limits.DepthMax)
                throw new HoconException(HoconErrorKind.Limit, location, string.Empty, $"a key has more than {limits.DepthMax} elements");
            Put(root, elements, new HoconScalar(location, HoconScalarKind.Text, value));
        }

        return root;
    }

    // A key that is a value and a parent too: the parent wins, in whichever order they stand.
    private static void Put(HoconObject root, string[] elements, HoconScalar value)
    {
        HoconObject parent = root;
        foreach (string element in elements[..^1])
        {
            if (!parent.TryGetField(element, out HoconValue? existing) || existing is not HoconObject next)
            {
                next = new HoconObject(value.Location);
                parent.Set(element, next);
            }

            parent = next;
        }

        if (!parent.TryGetField(elements[^1], out HoconValue? old) || old is not HoconObject)
            parent.Set(elements[^1], value);
    }

    // Comments and blank lines left out, continued lines put together; escapes stay.
    private static IEnumerable<(string Line, int Number)> LogicalLines(string text)
    {
        var whole = new StringBuilder();
        int start = 0;
        int number = 0;
        foreach (string raw in text.Replace("\r\n", "\n", StringComparison.Ordinal).Split('\n', '\r'))
        {
            number++;
            string line = raw.TrimStart(' ', '\t', '\f', '\uFEFF');
            if (start == 0)
            {
                if (line.Length == 0 || line[0] is '#' or '!')
                    continue;
                start = number;
            }

            if (IsContinued(line))
            {
                whole.Append(line, 0, line.Length - 1);
                continue;
            }

            yield return (whole.Append(line).ToString(), start);
            whole.Clear();
            start = 0;
        }

        if (start != 0)
            yield return (whole.ToString(), start);
    }

    private static bool IsContinued(string line)
    {
        int backslashes = 0;
        while (backslashes < line.Length && line[^(backslashes + 1)] == '\\')
            backslashes++;
        return backslashes % 2 == 1;
    }

    private static (string Key, string Value) Split(string line, HoconLocation location)
    {
        int end = 0;
        while (end < line.Length && line[end] is not ('=' or ':' or ' ' or '\t' or '\f'))
            end += line[end] == '\\' ? 2 : 1;
        end = Math.Min(end, line.Length);
        string rest = line[end..].TrimStart(' ', '\t', '\f');
        if (rest.Length > 0 && rest[0] is '=' or ':')
            rest = rest[1..].TrimStart(' ', '\t', '\f');
        return (Unescape(line[..end], location), Unescape(rest, location));
    }

    private static string Unescape(string text, HoconLocation location)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
            return text;
        var plain = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\' || i + 1 == text.Length)
            {
                plain.Append(text[i]);
                continue;
            }

            i++;
            if (text[i] == 'u')
            {
                plain.Append(UnicodeAt(text, i + 1, location));
                i += 4;
                continue;
            }

            plain.Append(text[i] switch { 't' => '\t', 'n' => '\n', 'r' => '\r', 'f' => '\f', _ => text[i] });
        }

        return plain.ToString();
    }

    private static char UnicodeAt(string text, int start, HoconLocation location) =>
        start + 4 <= text.Length && ushort.TryParse(text.AsSpan(start, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort code)
            ? (char)code
            : throw new HoconException(HoconErrorKind.Parse, location, string.Empty, "\\u needs four hexadecimal digits");
}
