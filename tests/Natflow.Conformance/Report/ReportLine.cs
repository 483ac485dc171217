namespace Natflow.Conformance.Report;

/// <summary>A line of the report: a requirement on a path.</summary>
/// <param name="Id">As UDP-01.</param>
/// <param name="Level">MUST, SHOULD, MAY or OURS.</param>
/// <param name="Source">Where it comes from.</param>
/// <param name="Requirement">The behaviour in short.</param>
/// <param name="Path">slow, fast or handoff.</param>
/// <param name="Result">passed, failed, not applicable, not built or not run.</param>
/// <param name="Reason">Why, where it is not passed.</param>
/// <param name="Test">Name of the test.</param>
/// <param name="Capture">The capture, relative to the report.</param>
public sealed record ReportLine(
    string Id, string Level, string Source, string Requirement, string Path, string Result, string? Reason, string? Test, string? Capture);
