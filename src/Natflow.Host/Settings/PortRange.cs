namespace Natflow.Host.Settings;

/// <summary>Transport ports, both ends included, host byte order.</summary>
/// <param name="First">First port.</param>
/// <param name="Last">Last port.</param>
public readonly record struct PortRange(ushort First, ushort Last)
{
    /// <summary>Number of ports.</summary>
    public int Count => Last - First + 1;

    /// <summary>Whether the two ranges share a port.</summary>
    public bool Overlaps(PortRange other) => First <= other.Last && other.First <= Last;

    /// <summary><c>first-last</c>, or the one port.</summary>
    public override string ToString() => First == Last ? $"{First}" : $"{First}-{Last}";
}
