using Natflow.Inspect.Catalogue;
using Natflow.Memory;
using Natflow.Testing;
using Xunit.Abstractions;

namespace Natflow.Inspect.Tests.Apps;

/// <summary>What the classifier says of nDPI's own captures, against nDPI's published verdicts.</summary>
public sealed class NdpiAgreementTests(ITestOutputHelper output)
{
    private const string ReportVariable = "NATFLOW_APPS_REPORT";
    private const string TruthSuffix = ".published.tsv";
    private const double LeastAgreement = 0.97;

    [SharedFact]
    public void Rows_OfNdpisCaptures_AgreeWithItsVerdicts()
    {
        var comparison = new NdpiComparison();
        using var umem = new Umem(512, 1 << 17);
        using var pool = new ChunkPool(umem, 0, 512);
        using AppCatalogue catalogue = AppCatalogue.LoadBuiltIn(seed: 1);
        foreach (string truth in Directory.EnumerateFiles(SharedData.Path("data", "truth", "ndpi"), "*" + TruthSuffix).Order(StringComparer.Ordinal))
        {
            string name = Path.GetFileName(truth)[..^TruthSuffix.Length];
            string capture = SharedData.Path("data", "pcap", "ndpi", name);
            if (File.Exists(capture)) comparison.Compare(name, File.ReadLines(truth), CaptureApps.Read(capture, catalogue, umem, pool));
        }

        string[] report =
        [
            $"{comparison.Agreed} of {comparison.Compared} flows agree: {comparison.Agreement:P2}; {comparison.InTunnels} of the others are inside tunnels",
            $"{comparison.AppsAgreed} of {comparison.AppsCompared} applications agree",
            .. comparison.Differences,
        ];
        foreach (string line in report)
            output.WriteLine(line);
        if (Environment.GetEnvironmentVariable(ReportVariable) is { Length: > 0 } file) File.WriteAllLines(file, report);

        Assert.True(comparison.Compared > 1000, report[0]);
        Assert.True(comparison.Agreement >= LeastAgreement, string.Join('\n', report));
    }
}
