using System.Collections.Concurrent;

namespace Natflow.Conformance.Report;

/// <summary>Gathers the results of a test run and writes the report when the run ends.</summary>
public sealed class ConformanceReport : IDisposable
{
    private readonly ConcurrentQueue<RequirementResult> _results = new();

    /// <summary>Adds a result.</summary>
    public void Add(RequirementResult result) => _results.Enqueue(result);

    /// <inheritdoc />
    public void Dispose()
    {
        if (ReportFolder.Find() is { } folder)
            ReportWriter.Write(folder, ReportWriter.Lines([.. _results]));
    }
}
