using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Natflow.Host.NatTest;

/// <summary>96 random bits that pair an answer with its request (RFC 8489 section 5).</summary>
/// <param name="High">First 8 bytes.</param>
/// <param name="Low">Last 4 bytes.</param>
public readonly record struct StunTransactionId(ulong High, uint Low)
{
    /// <summary>Size in bytes.</summary>
    public const int SizeBytes = 12;

    /// <summary>A fresh one, hard to guess.</summary>
    public static StunTransactionId Next()
    {
        Span<byte> bytes = stackalloc byte[SizeBytes];
        RandomNumberGenerator.Fill(bytes);
        return Read(bytes);
    }

    /// <summary>Reads 12 bytes.</summary>
    public static StunTransactionId Read(ReadOnlySpan<byte> bytes) =>
        new(BinaryPrimitives.ReadUInt64BigEndian(bytes), BinaryPrimitives.ReadUInt32BigEndian(bytes[8..]));

    /// <summary>Writes 12 bytes.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt64BigEndian(bytes, High);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[8..], Low);
    }
}
