using System.Net;

namespace Natflow.Inspect.Tests.Apps;

/// <summary>
/// Compares our rows with nDPI's, flow by flow, where nDPI judged by payload and at least one part of its verdict is a name that both know. What we call a flow of
/// which nDPI knows better, by a name we lack, counts as a difference too, and so does a flow inside a tunnel, at which nDPI looks and a gateway does not.
/// </summary>
internal sealed class NdpiComparison
{
    internal int Agreed { get; private set; }

    internal int Compared { get; private set; }

    internal int InTunnels { get; private set; }

    internal int AppsAgreed { get; private set; }

    internal int AppsCompared { get; private set; }

    internal List<string> Differences { get; } = [];

    internal double Agreement => Compared == 0 ? 0 : (double)Agreed / Compared;

    internal void Compare(string capture, IEnumerable<string> published, IEnumerable<string> rows)
    {
        var ours = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (string[] fields in rows.Select(static row => row.Split('\t')))
        {
            ours.TryAdd(KeyOf(fields, 0, 2), fields);
            ours.TryAdd(KeyOf(fields, 2, 0), fields);
        }

        foreach (string[] fields in published.Select(static row => row.Split('\t')).Where(static fields => fields[7] == "DPI"))
            Compare(capture, fields, ours.GetValueOrDefault(KeyOf(fields, 0, 2)));
    }

    private static string KeyOf(string[] fields, int from, int to) =>
        string.Join('\t', Address(fields[from]), fields[from + 1], Address(fields[to]), fields[to + 1], fields[4]);

    private static string Address(string text) => IPAddress.TryParse(text, out IPAddress? address) ? address.ToString() : text;

    private void Compare(string capture, string[] theirs, string[]? ours)
    {
        string[] parts = theirs[5].Split('.');
        string[] protocols = [.. parts.SelectMany(static part => NdpiNames.Protocols.GetValueOrDefault(part, []))];
        string[] apps = [.. parts.Where(NdpiNames.Apps.ContainsKey).Select(static part => NdpiNames.Apps[part])];
        bool isKnown = protocols.Length + apps.Length > 0;
        if (ours is null)
        {
            if (!isKnown)
                return;
            InTunnels++;
            Compared++;
            Differences.Add($"tunnel {capture} {string.Join(' ', theirs[..5])}: nDPI {theirs[5]} ({theirs[6]}), ours looks at the outer packet");
            return;
        }

        if (!isKnown && ours[5] == "-" && ours[6] == "-")
            return;
        Compared++;
        bool isAgreed = protocols.Contains(ours[5], StringComparer.Ordinal) || apps.Contains(ours[6], StringComparer.Ordinal);
        Agreed += isAgreed ? 1 : 0;
        if (apps.Length > 0)
        {
            bool isApp = apps.Contains(ours[6], StringComparer.Ordinal);
            AppsCompared++;
            AppsAgreed += isApp ? 1 : 0;
            if (isAgreed && !isApp) Differences.Add($"app    {Describe(capture, theirs, ours)}");
        }

        if (!isAgreed) Differences.Add($"{(isKnown ? "differ" : "foreign")} {Describe(capture, theirs, ours)}");
    }

    private static string Describe(string capture, string[] theirs, string[] ours) =>
        $"{capture} {string.Join(' ', theirs[..5])}: nDPI {theirs[5]} ({theirs[6]}), ours {ours[5]} {ours[6]}";
}
