namespace Natflow.Ports.Pcap;

/// <summary>Where a capture stops making sense. All packets before that place were delivered; what follows it is not read.</summary>
/// <param name="File">The path as given.</param>
/// <param name="OffsetBytes">Offset of the damaged header, record or block; in a compressed capture, counted after decompression.</param>
/// <param name="Message">What was found and what was expected.</param>
public sealed record CaptureDamage(string File, long OffsetBytes, string Message)
{
    /// <summary>One line with path and offset in front.</summary>
    public override string ToString() => $"{File}: damaged at byte {OffsetBytes}: {Message}";
}
