using Natflow.Conformance.Report;

namespace Natflow.Conformance.Rows;

/// <summary>The table and the tests agree.</summary>
public sealed class TableTests
{
    [Fact]
    public void Table_EveryRow_HasATestOrAReason() => Assert.Empty(RequirementTable.Rows
        .Where(static row => ReportWriter.Tests.Contains(row.Id) == (row.Status is not null))
        .Select(static row => row.Id));

    [Fact]
    public void Table_EveryRowWithoutTest_SaysWhy() =>
        Assert.All(RequirementTable.Rows.Where(static row => row.Status is not null), static row =>
        {
            Assert.Contains(row.Status, (string[])["not built", "not applicable"]);
            Assert.False(string.IsNullOrWhiteSpace(row.Reason), row.Id);
        });

    [Fact]
    public void Tests_EachNamesAKnownRow_AndCarriesItsId()
    {
        HashSet<string> known = [.. RequirementTable.Rows.Select(static row => row.Id)];
        Assert.Equal(RequirementTable.Rows.Count, known.Count);
        Assert.All(ReportWriter.Tests, tests =>
        {
            Assert.Contains(tests.Key, known);
            Assert.All(tests, test => Assert.StartsWith(tests.Key.Replace('-', '_') + "_", test.Method.Name, StringComparison.Ordinal));
        });
    }

    [Fact]
    public void Table_EveryMust_HasATest() => Assert.All(
        RequirementTable.Rows.Where(static row => row.Level == "MUST"), static row => Assert.True(ReportWriter.Tests.Contains(row.Id), row.Id));

    [Fact]
    public void Table_Levels_AreTheKnownOnes() =>
        Assert.All(RequirementTable.Rows, static row => Assert.Contains(row.Level, (string[])["MUST", "SHOULD", "MAY", "OURS"]));

    [Fact]
    public void Lines_AFailureOnOnePath_IsReportedThereAlone()
    {
        ReportLine[] lines = ReportWriter.Lines(
        [
            new RequirementResult("UDP-01", Bench.BenchPath.Slow, IsPassed: true, Reason: null, "T", Capture: null),
            new RequirementResult("UDP-01", Bench.BenchPath.Fast, IsPassed: false, "broken", "T", "captures/t.pcap"),
        ]);
        Assert.Equal(
            [("slow", "passed", null), ("fast", "failed", "broken"), ("handoff", "not run", "the run was a part of the tests"), ("offloaded", "not applicable", "rows OFF-01 to OFF-15 say what holds there")],
            lines.Where(static line => line.Id == "UDP-01").Select(static line => (line.Path, line.Result, line.Reason)));
        Assert.Equal("not built", lines.First(static line => line.Id == "UDP-04").Result);
    }
}
