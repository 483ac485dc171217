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
        IEnumerable<string> kept = text.TrimEnd('\n').Split('\n').Where(line => !(line.StartsWith($"{path} = ", StringComparison.Ordinal) && line.EndsWith(Mark, StringComparison.Ordinal)));
        IEnumerable<string> written = replaces ? [$"{path} = null {Mark}", $"{path} = {value} {Mark}"] : [$"{path} = {value} {Mark}"];
        return string.Join('\n', kept.Concat(written)) + "\n";
    }

    /// <summary>A string in quotes, as JSON has it: valid HOCON whatever it holds.</summary>
    internal static string Quoted(string text) => $"\"{System.Text.Json.JsonEncodedText.Encode(text)}\"";
}
