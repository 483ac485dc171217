namespace Natflow.Conformance.Report;

/// <summary>One required behaviour.</summary>
/// <param name="Id">As UDP-01.</param>
/// <param name="Level">MUST, SHOULD, MAY or OURS; what must not be counts as MUST.</param>
/// <param name="Source">Document and section, or who asks for it.</param>
/// <param name="Text">The behaviour in short.</param>
/// <param name="Status">"not built" or "not applicable" for what has no test; else null.</param>
/// <param name="Reason">Why; null where there is a test.</param>
public sealed record RequirementRow(string Id, string Level, string Source, string Text, string? Status = null, string? Reason = null);
