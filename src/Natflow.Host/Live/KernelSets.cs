using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace Natflow.Host.Live;

/// <summary>Reads members of the kernel's sets by the tools that made them: <c>nft</c> and <c>ipset</c>. What is not there has no members.</summary>
internal static class KernelSets
{
    private const int ToolTimeoutMs = 5000;
    private static readonly string[] Suffixes = ["", "_v4", "_v6"];

    /// <summary>Members of every set of a name, or of the name with <c>_v4</c> or <c>_v6</c> behind it, as set entries.</summary>
    internal static IEnumerable<string> Members(string name)
    {
        string[] names = [.. Suffixes.Select(suffix => name + suffix)];
        return [.. NftMembers(Run("nft", ["-j", "list", "sets"]), names), .. names.SelectMany(static set => IpsetMembers(Run("ipset", ["save", set])))];
    }

    /// <summary>Members in the output of <c>nft -j list sets</c>.</summary>
    internal static IEnumerable<string> NftMembers(string json, IReadOnlyList<string> names)
    {
        if (json.Length == 0)
            return [];
        try
        {
            using var document = JsonDocument.Parse(json);
            var members = new List<string>();
            foreach (JsonElement item in document.RootElement.GetProperty("nftables").EnumerateArray())
            {
                if (item.TryGetProperty("set", out JsonElement set) && names.Contains(set.GetProperty("name").GetString()) && set.TryGetProperty("elem", out JsonElement elements))
                    members.AddRange(elements.EnumerateArray().Select(TextOf).OfType<string>());
            }

            return members;
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return []; // Another version's words.
        }
    }

    /// <summary>Members in the output of <c>ipset save</c>.</summary>
    internal static IEnumerable<string> IpsetMembers(string text)
    {
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is ["add", _, _, ..])
                yield return words[2];
        }
    }

    private static string? TextOf(JsonElement element)
    {
        if (element.ValueKind is JsonValueKind.String or JsonValueKind.Number)
            return element.ToString();
        if (element.ValueKind != JsonValueKind.Object)
            return null;
        if (element.TryGetProperty("elem", out JsonElement inner) && inner.TryGetProperty("val", out JsonElement value))
            return TextOf(value);
        if (element.TryGetProperty("prefix", out JsonElement prefix))
            return $"{prefix.GetProperty("addr").GetString()}/{prefix.GetProperty("len").GetInt32()}";
        return element.TryGetProperty("range", out JsonElement range) && range.GetArrayLength() == 2 ? $"{range[0]}-{range[1]}" : null;
    }

    private static string Run(string tool, string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(tool, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true });
            string text = process!.StandardOutput.ReadToEnd();
            return process.WaitForExit(ToolTimeoutMs) && process.ExitCode == 0 ? text : "";
        }
        catch (Win32Exception)
        {
            return ""; // The tool is not installed: the kernel has no such sets.
        }
    }
}
