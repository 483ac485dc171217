using Natflow.Memory;
using Natflow.Testing;
using Xunit.Abstractions;

namespace Natflow.Inspect.Tests.Truth;

/// <summary>What the inspector sees in several hundred captures, against what tshark sees in them.</summary>
public sealed class TruthTests(ITestOutputHelper output)
{
    private const string ReportVariable = "NATFLOW_TRUTH_REPORT";

    [SharedFact]
    public void Rows_OfAllCaptures_AgreeWithTheTruth()
    {
        var comparison = new TruthComparison();
        using var umem = new Umem(512, 1 << 17);
        using var pool = new ChunkPool(umem, 0, 512);
        string captures = SharedData.Path("data", "pcap");
        string truth = SharedData.Path("data", "truth");
        foreach (string path in Directory.EnumerateFiles(captures, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string name = Path.GetRelativePath(captures, path);
            string expected = Path.Combine(truth, name + ".tsv");
            if (File.Exists(expected)) comparison.Compare(name, File.ReadLines(expected), CaptureRows.Read(path, umem, pool));
        }

        string[] report = [.. TruthComparison.Kinds.Select(kind => Describe(kind, comparison[kind])), .. comparison.Differences];
        foreach (string line in report)
            output.WriteLine(line);
        if (Environment.GetEnvironmentVariable(ReportVariable) is { Length: > 0 } file) File.WriteAllLines(file, report);

        Assert.Equal(0, comparison.UnexplainedCount);
        Assert.All(TruthComparison.Kinds, kind =>
        {
            double least = kind == "quic" ? 0.98 : 0.99;
            Assert.True(comparison[kind].Recall >= least && comparison[kind].Precision >= least, Describe(kind, comparison[kind]));
        });
    }

    private static string Describe(string kind, TruthScore score) =>
        $"{kind}: {score.Right} right, {score.Missing} missing, {score.Wrong} wrong; recall {score.Recall:P2}, precision {score.Precision:P2}";
}
