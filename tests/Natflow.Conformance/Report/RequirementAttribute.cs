using System.Reflection;
using Natflow.Conformance.Bench;
using Xunit.Sdk;

namespace Natflow.Conformance.Report;

/// <summary>Names the requirement that a test proves, and the paths that it runs on.</summary>
/// <param name="id">An id of the table.</param>
/// <param name="paths">All three where none is named.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class RequirementAttribute(string id, params BenchPath[] paths) : DataAttribute
{
    /// <summary>The id.</summary>
    public string Id { get; } = id;

    /// <summary>The paths.</summary>
    public IReadOnlyList<BenchPath> Paths { get; } = paths.Length == 0 ? [BenchPath.Slow, BenchPath.Fast, BenchPath.Handoff] : paths;

    /// <summary>Why the other paths do not matter; said in the report.</summary>
    public string OtherPaths { get; init; } = "does not depend on the path";

    /// <inheritdoc />
    public override IEnumerable<object[]> GetData(MethodInfo testMethod) => Paths.Select(static path => new object[] { path });
}
