using System.Net;
using System.Reflection;
using System.Text;
using System.Text.Json;
using Natflow.Conformance.Bench;

namespace Natflow.Conformance.Report;

/// <summary>Makes the report: JSON for programs, a page for people.</summary>
internal static class ReportWriter
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>The tests by requirement.</summary>
    internal static ILookup<string, (MethodInfo Method, RequirementAttribute Requirement)> Tests { get; } = typeof(ReportWriter).Assembly.GetTypes()
        .SelectMany(static type => type.GetMethods())
        .Select(static method => (Method: method, Requirement: method.GetCustomAttribute<RequirementAttribute>()))
        .Where(static test => test.Requirement is not null)
        .ToLookup(static test => test.Requirement!.Id, static test => (test.Method, test.Requirement!), StringComparer.Ordinal);

    /// <summary>One line for each requirement and path.</summary>
    internal static ReportLine[] Lines(IReadOnlyList<RequirementResult> results) =>
        [.. RequirementTable.Rows.SelectMany(row => Enum.GetValues<BenchPath>().Select(path => LineOf(row, path, results)))];

    /// <summary>Writes both files.</summary>
    internal static void Write(string folder, IReadOnlyList<ReportLine> lines)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllText(Path.Combine(folder, "conformance.json"), JsonSerializer.Serialize(lines, Options));
        File.WriteAllText(Path.Combine(folder, "conformance.html"), PageOf(lines));
    }

    private static ReportLine LineOf(RequirementRow row, BenchPath path, IReadOnlyList<RequirementResult> results)
    {
        RequirementResult[] own = [.. results.Where(result => result.Id == row.Id && result.Path == path)];
        (string result, string? reason) = own switch
        {
            { Length: > 0 } when Array.Find(own, static one => !one.IsPassed) is { } failed => ("failed", failed.Reason),
            { Length: > 0 } => ("passed", row.Reason),
            _ when row.Status is not null => (row.Status, row.Reason),
            _ when Tests[row.Id].Any(test => test.Requirement.Paths.Contains(path)) => ("not run", "the run was a part of the tests"),
            _ when path == BenchPath.Offloaded => ("not applicable", "rows OFF-01 to OFF-15 say what holds there"),
            _ => ("not applicable", Tests[row.Id].Select(static test => test.Requirement.OtherPaths).FirstOrDefault()),
        };
        string name = path.ToString().ToLowerInvariant();
        string? tests = own.Length == 0 ? null : string.Join(", ", own.Select(static one => one.Test).Distinct(StringComparer.Ordinal));
        string? capture = own.Select(static one => one.Capture).FirstOrDefault(static capture => capture is not null);
        return new ReportLine(row.Id, row.Level, row.Source, row.Text, name, result, reason, tests, capture);
    }

    private static string PageOf(IReadOnlyList<ReportLine> lines)
    {
        var page = new StringBuilder();
        page.Append("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>Natflow conformance</title>\n<style>")
            .Append("body{font:14px sans-serif;margin:2em}table{border-collapse:collapse;margin-bottom:2em}td,th{border:1px solid #ccc;padding:3px 7px;")
            .Append("text-align:left;vertical-align:top}.passed{background:#dfd}.failed{background:#fbb}.not{background:#eee}")
            .Append("</style></head><body>\n<h1>Natflow conformance</h1>\n");
        AppendSummary(page, lines);
        page.Append("<table><tr><th>id</th><th>level</th><th>source</th><th>requirement</th><th>slow</th><th>fast</th><th>handoff</th><th>offloaded</th><th>reason</th><th>test</th></tr>\n");
        foreach (IGrouping<string, ReportLine> row in lines.GroupBy(static line => line.Id, StringComparer.Ordinal))
            AppendRow(page, [.. row]);
        return page.Append("</table></body></html>\n").ToString();
    }

    private static void AppendSummary(StringBuilder page, IReadOnlyList<ReportLine> lines)
    {
        string[] levels = [.. lines.Select(static line => line.Level).Distinct(StringComparer.Ordinal)];
        string[] results = ["passed", "failed", "not built", "not applicable", "not run"];
        page.Append("<table><tr><th>level</th><th>path</th>").AppendJoin(string.Empty, results.Select(static result => $"<th>{result}</th>")).Append("</tr>\n");
        foreach (IGrouping<(string Level, string Path), ReportLine> group in lines.GroupBy(static line => (line.Level, line.Path))
                     .OrderBy(group => Array.IndexOf(levels, group.Key.Level)))
        {
            page.Append($"<tr><td>{group.Key.Level}</td><td>{group.Key.Path}</td>")
                .AppendJoin(string.Empty, results.Select(result => $"<td>{group.Count(line => line.Result == result)}</td>")).Append("</tr>\n");
        }

        page.Append("</table>\n");
    }

    private static void AppendRow(StringBuilder page, ReportLine[] row)
    {
        ReportLine first = row[0];
        page.Append($"<tr><td>{first.Id}</td><td>{first.Level}</td><td>{Text(first.Source)}</td><td>{Text(first.Requirement)}</td>");
        foreach (ReportLine line in row)
        {
            string result = line.Capture is null ? line.Result : $"<a href=\"{Text(line.Capture)}\">{line.Result}</a>";
            page.Append($"<td class=\"{line.Result}\">{result}</td>");
        }

        page.Append("<td>").AppendJoin("; ", row.Select(static line => Text(line.Reason)).Where(static text => text.Length != 0).Distinct(StringComparer.Ordinal))
            .Append($"</td><td>{Text(row.Select(static line => line.Test).FirstOrDefault(static test => test is not null))}</td></tr>\n");
    }

    private static string Text(string? text) => WebUtility.HtmlEncode(text ?? string.Empty);
}
