using System.Runtime.CompilerServices;
using Natflow.Conformance.Bench;
using Natflow.Conformance.Report;
using Natflow.Flows;

namespace Natflow.Conformance.Rows;

/// <summary>Runs a row's check on a bench and records how it went.</summary>
/// <param name="report">Gets the results.</param>
public abstract class RequirementTests(ConformanceReport report)
{
    /// <summary>Runs a check on a fresh gateway.</summary>
    /// <param name="path">Way that packets take.</param>
    /// <param name="check">The check.</param>
    /// <param name="change">Changes the default settings.</param>
    /// <param name="test">Filled in by the compiler.</param>
    protected void Check(
        BenchPath path, Action<GatewayBench> check, Func<NatSettings, NatSettings>? change = null, [CallerMemberName] string test = "") =>
        Record(path, test, log => RunOn(path, check, change?.Invoke(GatewayBench.Defaults) ?? GatewayBench.Defaults, log));

    /// <summary>Runs the same check on several gateways, one after the other.</summary>
    protected void CheckEach<T>(
        BenchPath path, IEnumerable<T> variants, Func<NatSettings, T, NatSettings> change, Action<GatewayBench, T> check, [CallerMemberName] string test = "") =>
        Record(path, test, log =>
        {
            foreach (T variant in variants)
                RunOn(path, bench => check(bench, variant), change(GatewayBench.Defaults, variant), log);
        });

    /// <summary>Runs a check that needs no gateway.</summary>
    protected void CheckAlone(BenchPath path, Action check, [CallerMemberName] string test = "") => Record(path, test, _ => check());

    private static void RunOn(BenchPath path, Action<GatewayBench> check, NatSettings settings, WireLog log)
    {
        using var bench = new GatewayBench(path, settings, log);
        check(bench);
    }

    private void Record(BenchPath path, string test, Action<WireLog> body)
    {
        string id = ReportWriter.Tests.SelectMany(static tests => tests).Single(one => one.Method.Name == test && one.Method.DeclaringType == GetType()).Requirement.Id;
        using var log = new WireLog($"{test}-{path}".ToLowerInvariant());
        try
        {
            body(log);
        }
        catch (Exception failure)
        {
            report.Add(new RequirementResult(id, path, IsPassed: false, failure.Message.Split('\n')[0], test, log.Path));
            throw;
        }

        report.Add(new RequirementResult(id, path, IsPassed: true, Reason: null, test, log.Path));
    }
}
