namespace Natflow.Host.Settings;

/// <summary><c>natflow.pcp</c>.</summary>
public sealed record PcpSettings
{
    /// <summary>Whether it is on.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary>Shortest lifetime that is granted.</summary>
    public required TimeSpan LifetimeMin { get; init; }

    /// <summary>Longest lifetime that is granted.</summary>
    public required TimeSpan LifetimeMax { get; init; }

    /// <summary>Most mappings of one subscriber.</summary>
    public required int MappingsPerUser { get; init; }

    /// <summary>Whether THIRD_PARTY is allowed.</summary>
    public required bool ThirdParty { get; init; }
}
