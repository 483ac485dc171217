namespace Natflow.Host.Settings;

/// <summary><c>natflow.gateway</c>.</summary>
public sealed record GatewaySettings
{
    /// <summary>Absolute directory of the control socket.</summary>
    public required string RunDirectory { get; init; }

    /// <summary>Absolute directory of what survives a restart.</summary>
    public required string StateDirectory { get; init; }

    /// <summary>What is logged.</summary>
    public required LogLevel LogLevel { get; init; }

    /// <summary>How it is logged.</summary>
    public required LogFormat LogFormat { get; init; }

    /// <summary>Time after SIGTERM in which another process takes the flows up; zero keeps none.</summary>
    public required TimeSpan RestartWindow { get; init; }

    /// <summary>Longest time from SIGTERM to the end.</summary>
    public required TimeSpan DrainTimeout { get; init; }
}
