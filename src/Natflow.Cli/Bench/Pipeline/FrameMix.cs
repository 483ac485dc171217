namespace Natflow.Cli.Bench.Pipeline;

/// <summary>Frame lengths of a benchmark.</summary>
/// <param name="Name">Name in the case.</param>
/// <param name="LengthsBytes">Taken in turn.</param>
internal sealed record FrameMix(string Name, IReadOnlyList<int> LengthsBytes)
{
    /// <summary>All 64 bytes.</summary>
    internal static FrameMix Small { get; } = new("64", [64]);

    /// <summary>The simple Internet mix: 7 × 64, 4 × 594, 1 × 1518 bytes.</summary>
    internal static FrameMix Imix { get; } = new("imix", [64, 594, 64, 594, 64, 1518, 64, 594, 64, 594, 64, 64]);

    /// <summary>Length of the frame of a flow.</summary>
    internal ushort LengthBytes(int flow) => (ushort)LengthsBytes[flow % LengthsBytes.Count];
}
