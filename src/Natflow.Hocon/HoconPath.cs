using System.Text;
using Natflow.Hocon.Reading;

namespace Natflow.Hocon;

/// <summary>A path expression: the names of fields from the root down.</summary>
public sealed class HoconPath
{
    private readonly string[] _elements;

    internal HoconPath(IEnumerable<string> elements) => _elements = [.. elements];

    /// <summary>The path of the root itself.</summary>
    public static HoconPath Root { get; } = new([]);

    /// <summary>The names, outermost first.</summary>
    public IReadOnlyList<string> Elements => _elements;

    /// <summary>Reads a path expression; <c>"a.b".c</c> has the two elements <c>a.b</c> and <c>c</c>.</summary>
    /// <exception cref="HoconException">The text is no path.</exception>
    public static HoconPath Parse(string text) => PathReader.ReadWhole(text);

    /// <summary>The path one level down.</summary>
    public HoconPath Child(string name) => new([.. _elements, name]);

    /// <summary>The expression that <see cref="Parse"/> reads back; names are quoted where they must be.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach (string element in _elements)
        {
            if (text.Length > 0)
                text.Append('.');
            AppendElement(text, element);
        }

        return text.ToString();
    }

    internal HoconPath Then(HoconPath rest) => new([.. _elements, .. rest._elements]);

    internal HoconPath Skip(int count) => new(_elements[count..]);

    private static void AppendElement(StringBuilder text, string element)
    {
        if (element.Length > 0 && element.All(static unit => char.IsAsciiLetterOrDigit(unit) || unit is '-' or '_' or '/'))
        {
            text.Append(element);
            return;
        }

        text.Append('"');
        foreach (char unit in element)
        {
            if (unit is '"' or '\\')
                text.Append('\\').Append(unit);
            else if (unit < ' ')
                text.Append($"\\u{(int)unit:x4}");
            else
                text.Append(unit);
        }

        text.Append('"');
    }
}
