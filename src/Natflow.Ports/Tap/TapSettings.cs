namespace Natflow.Ports.Tap;

/// <summary>How a virtual interface is made.</summary>
public sealed record TapSettings
{
    /// <summary>Name, at most 15 characters; with <c>%d</c> at its end the kernel puts the first free number there.</summary>
    public required string InterfaceName { get; init; }

    /// <summary>MTU of the kernel's side in bytes; null leaves the kernel's default, 1500.</summary>
    public int? MtuBytes { get; init; }

    /// <summary>Ethernet address of the kernel's side: lower 48 bits, first byte on the wire the highest; null leaves a random one.</summary>
    public ulong? MacAddress { get; init; }

    /// <summary>Whether the interface is brought up.</summary>
    public bool IsUp { get; init; } = true;
}
