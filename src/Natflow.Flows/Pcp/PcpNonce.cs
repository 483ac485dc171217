using System.Buffers.Binary;

namespace Natflow.Flows.Pcp;

/// <summary>The 96 bits by which a client proves that a mapping is its own (RFC 6887 section 11.1). NAT-PMP has none: zero stands for it.</summary>
/// <param name="High">First 8 bytes.</param>
/// <param name="Low">Last 4 bytes.</param>
public readonly record struct PcpNonce(ulong High, uint Low)
{
    /// <summary>Size in bytes.</summary>
    public const int SizeBytes = 12;

    /// <summary>Reads 12 bytes.</summary>
    public static PcpNonce Read(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]));
}
