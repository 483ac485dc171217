namespace Natflow.Gateway.Inspection;

/// <summary>What of inspection is on.</summary>
/// <param name="IsOn">New flows are inspected.</param>
/// <param name="LogsVisits">What they ask for is written to the URL log.</param>
/// <param name="ReportsApps">What they are is reported as events.</param>
public sealed record InspectionSwitch(bool IsOn, bool LogsVisits, bool ReportsApps)
{
    /// <summary>Nothing.</summary>
    public static readonly InspectionSwitch Off = new(IsOn: false, LogsVisits: false, ReportsApps: false);
}
