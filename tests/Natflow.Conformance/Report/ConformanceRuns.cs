namespace Natflow.Conformance.Report;

/// <summary>All rows share one report.</summary>
[CollectionDefinition(Name)]
public sealed class ConformanceRuns : ICollectionFixture<ConformanceReport>
{
    /// <summary>Name of the collection.</summary>
    public const string Name = "conformance";
}
