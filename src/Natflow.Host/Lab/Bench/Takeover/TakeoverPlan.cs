namespace Natflow.Host.Lab.Bench.Takeover;

/// <summary>What is measured of takeovers.</summary>
/// <param name="Faults">How gateways go, one series each.</param>
/// <param name="Kills">Faults a series.</param>
/// <param name="Connections">TCP connections under it.</param>
/// <param name="Nodes">Gateways.</param>
public sealed record TakeoverPlan(IReadOnlyList<TakeoverFault> Faults, int Kills, int Connections, int Nodes)
{
    /// <summary>How often each connection sends a record.</summary>
    public TimeSpan RecordInterval { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>How the gateways reach their interfaces.</summary>
    public LabMode Mode { get; init; } = LabMode.Auto;

    /// <summary>Longest gap that is allowed, ms.</summary>
    public static double LimitMs(TakeoverFault fault) => fault switch
    {
        TakeoverFault.Kill => 500,
        TakeoverFault.Drain => 50,
        _ => 2000,
    };
}
