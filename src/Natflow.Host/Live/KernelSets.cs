using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace Natflow.Host.Live;

/// <summary>The kernel's sets at one time, as the tools that made them tell: <c>nft</c> and <c>ipset</c>. What is not there has no members.</summary>
internal sealed class KernelSets
{
    private const int ToolTimeoutMs = 5000;
    private static readonly string[] Suffixes = ["", "_v4", "_v6"];

    private readonly string _nft;
    private readonly string _ipset;
    private readonly Dictionary<string, List<string>> _members = new(StringComparer.Ordinal);

    /// <summary>Takes what the tools wrote.</summary>
    /// <param name="nft">Output of <c>nft -j list sets</c>; empty for nothing.</param>
    /// <param name="ipset">Output of <c>ipset save</c>; empty for nothing.</param>
    internal KernelSets(string nft, string ipset)
    {
        _nft = nft;
        _ipset = ipset;
        AddNft(nft);
        AddIpset(ipset);
    }

    /// <summary>No sets.</summary>
    internal static KernelSets None { get; } = new("", "");

    /// <summary>Asks the tools, in the network namespace of the process.</summary>
    internal static KernelSets Read() => new(Run("nft", ["-j", "list", "sets"]), Run("ipset", ["save"]));

    /// <summary>Whether the tools said the same.</summary>
    internal bool IsSame(KernelSets other) => _nft == other._nft && _ipset == other._ipset;

    /// <summary>Whether there is a set of a name, or of the name with <c>_v4</c> or <c>_v6</c> behind it.</summary>
    internal bool Has(string name) => Suffixes.Any(suffix => _members.ContainsKey(name + suffix));

    /// <summary>Members of every set of a name, or of the name with <c>_v4</c> or <c>_v6</c> behind it, as set entries.</summary>
    internal IEnumerable<string> Members(string name) => Suffixes.SelectMany(suffix => _members.GetValueOrDefault(name + suffix, []));

    private List<string> MembersOf(string name)
    {
        if (!_members.TryGetValue(name, out List<string>? members))
            _members.Add(name, members = []);
        return members;
    }

    private void AddNft(string json)
    {
        if (json.Length == 0)
            return;
        try
        {
            using var document = JsonDocument.Parse(json);
            foreach (JsonElement item in document.RootElement.GetProperty("nftables").EnumerateArray())
            {
                if (!item.TryGetProperty("set", out JsonElement set) || set.GetProperty("name").GetString() is not { } name)
                    continue;
                List<string> members = MembersOf(name);
                if (set.TryGetProperty("elem", out JsonElement elements))
                    members.AddRange(elements.EnumerateArray().Select(TextOf).OfType<string>());
            }
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            _members.Clear(); // Another version's words.
        }
    }

    // The last word of a create line may be anything; of an add line the third is the member.
    private void AddIpset(string text)
    {
        foreach (string line in text.Split('\n'))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is ["create", _, ..])
                MembersOf(words[1]);
            else if (words is ["add", _, _, ..])
                MembersOf(words[1]).Add(words[2]);
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
