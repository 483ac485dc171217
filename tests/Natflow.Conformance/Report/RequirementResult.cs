using Natflow.Conformance.Bench;

namespace Natflow.Conformance.Report;

/// <summary>What a test found.</summary>
/// <param name="Id">The requirement.</param>
/// <param name="Path">The path it ran on.</param>
/// <param name="IsPassed">Whether the test body ended without a failure.</param>
/// <param name="Reason">The failure's first line.</param>
/// <param name="Test">Name of the test method.</param>
/// <param name="Capture">The capture, relative to the report; null where none was written.</param>
public sealed record RequirementResult(string Id, BenchPath Path, bool IsPassed, string? Reason, string Test, string? Capture);
