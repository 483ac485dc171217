using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Natflow.Management.Api.Rules;

/// <summary>Puts members of models into lines of the control language, where a comma ends a field and a newline a line.</summary>
internal static class RuleText
{
    private const int FieldLengthMax = 4096;

    /// <summary>A field's text; what would end it is refused, so that one field never becomes two.</summary>
    internal static string Field(string? text, string name, bool mayHoldComma = false)
    {
        text ??= string.Empty;
        if (text.Length > FieldLengthMax || text.Any(char.IsControl) || (!mayHoldComma && text.Contains(',', StringComparison.Ordinal)))
            throw new RuleException($"{name}: up to {FieldLengthMax} characters, no control character{(mayHoldComma ? string.Empty : " and no comma")}");
        return text;
    }

    /// <summary>A list that must be there, with an element in each place.</summary>
    internal static IReadOnlyList<T> List<T>([NotNull] IReadOnlyList<T>? list, string name)
        where T : class
    {
        if (list is null || list.Any(static one => one is null))
            throw new RuleException($"{name}: a list of objects is needed");
        return list;
    }

    /// <summary>A number in a range.</summary>
    internal static string Number(long value, long max, string name) => value >= 0 && value <= max
        ? value.ToString(CultureInfo.InvariantCulture)
        : throw new RuleException($"{name} '{value.ToString(CultureInfo.InvariantCulture)}': 0 to {max.ToString(CultureInfo.InvariantCulture)} is needed");

    /// <summary>The place of a word among those that are known.</summary>
    internal static int Word(string? word, string name, params ReadOnlySpan<string> known)
    {
        int index = word is null ? -1 : known.IndexOf(word);
        return index >= 0 ? index : throw new RuleException($"{name} '{word}': {string.Join(", ", known!)} is needed");
    }
}
