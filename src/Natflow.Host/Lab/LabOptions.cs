namespace Natflow.Host.Lab;

/// <summary>What lab to build.</summary>
/// <param name="Name">Name of the lab: several can stand side by side.</param>
public sealed record LabOptions(string Name)
{
    /// <summary>Name of a lab whose name nobody gave.</summary>
    public const string NameDefault = "lab";

    /// <summary>How the gateway reaches its interfaces.</summary>
    public LabMode Mode { get; init; } = LabMode.Auto;

    /// <summary>Configuration of the gateway instead of the lab's own; its ports must be the lab's, lan0 and wan0.</summary>
    public string? ConfigPath { get; init; }

    /// <summary>HOCON that is put after the configuration: it wins.</summary>
    public string ExtraConfig { get; init; } = string.Empty;

    /// <summary>Whether the servers of X and Y are started.</summary>
    public bool HasServers { get; init; } = true;

    /// <summary>Whether the gateway is started.</summary>
    public bool HasGateway { get; init; } = true;
}
