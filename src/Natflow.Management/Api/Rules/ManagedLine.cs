namespace Natflow.Management.Api.Rules;

/// <summary>
/// Settings that the API writes into the operator's file: each is one line behind everything else, where it wins, and says whose it is. The rest of the file,
/// comments included, stays as the operator wrote it.
/// </summary>
internal static class ManagedLine
{
    private const string Mark = "# written by the API";

    /// <summary>The file with a setting in the place of what it and earlier lines say.</summary>
    /// <param name="text">The file.</param>
    /// <param name="path">The key, from natflow on.</param>
    /// <param name="value">HOCON on one line.</param>
    /// <param name="replaces">Whether an object takes the place of one before; else the two would become one.</param>
    internal static string Put(string text, string path, string value, bool replaces = false)
    {
        string kept = string.Concat(LinesOf(text).Where(line => !IsOwn(line, path)));
        int end = RootText.EndOfFields(kept);
        string gap = end == 0 || kept[end - 1] == '\n' ? string.Empty : "\n";
        string written = replaces ? $"{path} = null {Mark}\n{path} = {value} {Mark}\n" : $"{path} = {value} {Mark}\n";
        return kept[..end] + gap + written + kept[end..];
    }

    /// <summary>A string in quotes, as JSON has it: valid HOCON whatever it holds.</summary>
    internal static string Quoted(string text) => $"\"{System.Text.Json.JsonEncodedText.Encode(text)}\"";

    private static bool IsOwn(string line, string path) => line.StartsWith($"{path} = ", StringComparison.Ordinal) && line.TrimEnd().EndsWith(Mark, StringComparison.Ordinal);

    private static IEnumerable<string> LinesOf(string text)
    {
        for (int from = 0; from < text.Length;)
        {
            int newline = text.IndexOf('\n', from);
            int end = newline < 0 ? text.Length : newline + 1;
            yield return text[from..end];
            from = end;
        }
    }
}
