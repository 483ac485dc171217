using System.Net;

namespace Natflow.Inspect.Tests.Truth;

/// <summary>
/// Compares rows with what others found in the same captures. A bare kind is required, one with a suffix is optional, any other row is wrong; requests and
/// questions count as often as they were made, hellos once a connection and name; addresses are compared as addresses.
/// </summary>
internal sealed class TruthComparison
{
    internal static readonly string[] Kinds = ["http", "tls", "quic", "dns"];

    private readonly Dictionary<string, TruthScore> _scores = Kinds.ToDictionary(static kind => kind, static _ => new TruthScore(), StringComparer.Ordinal);

    internal List<string> Differences { get; } = [];

    /// <summary>Differences without a known reason.</summary>
    internal int UnexplainedCount { get; private set; }

    internal TruthScore this[string kind] => _scores[kind];

    internal void Compare(string capture, IEnumerable<string> truth, IEnumerable<string> rows)
    {
        Dictionary<string, int> required = [];
        HashSet<string> optional = [];
        foreach (string line in truth.Select(Normalise))
        {
            string[] kind = line.Split('\t', 2)[0].Split('@', 2);
            string row = string.Concat(kind[0], "\t", line.Split('\t', 2)[1]);
            if (kind.Length == 2) optional.Add(row);
            else Count(required, row);
        }

        Dictionary<string, int> found = [];
        foreach (string row in rows.Select(Normalise))
            Count(found, row);
        foreach (string kind in Kinds)
            Compare(capture, kind, required, optional, found);
    }

    private static void Count(Dictionary<string, int> rows, string row) =>
        rows[row] = row.StartsWith("http\t", StringComparison.Ordinal) || row.StartsWith("dns\t", StringComparison.Ordinal) ? rows.GetValueOrDefault(row) + 1 : 1;

    private static string Normalise(string line)
    {
        string[] fields = line.Split('\t');
        foreach (int field in new[] { 1, 3 })
        {
            if (IPAddress.TryParse(fields[field], out IPAddress? address)) fields[field] = address.ToString();
        }

        return string.Join('\t', fields);
    }

    private void Compare(string capture, string kind, Dictionary<string, int> required, HashSet<string> optional, Dictionary<string, int> found)
    {
        string prefix = kind + '\t';
        foreach (string row in required.Keys.Union(found.Keys, StringComparer.Ordinal).Where(row => row.StartsWith(prefix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            int wanted = required.GetValueOrDefault(row);
            int have = found.GetValueOrDefault(row);
            int missing = Math.Max(0, wanted - have);
            int wrong = optional.Contains(row) ? 0 : Math.Max(0, have - wanted);
            _scores[kind].Add(Math.Min(wanted, have), missing, wrong);
            if (missing > 0) Add(capture, $"missing {missing} x {row}", reason: null);
            if (wrong > 0) Add(capture, $"wrong {wrong} x {row}", KnownDifferences.ReasonOf(capture));
        }
    }

    private void Add(string capture, string difference, string? reason)
    {
        Differences.Add($"{capture}: {difference} ({reason ?? "not explained"})");
        if (reason is null) UnexplainedCount++;
    }
}
