using System.Buffers.Binary;
using System.Numerics;

namespace Natflow.Cluster.Replication;

/// <summary>Head of a frame between nodes. 36 bytes, little-endian, the payload follows.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Shard">About which shard.</param>
/// <param name="LengthBytes">Bytes of payload.</param>
/// <param name="Sequence">Number of the frame in the owner's log.</param>
/// <param name="Token">Fencing token of the owner.</param>
public readonly record struct ReplicationFrame(ReplicationKind Kind, ushort Shard, int LengthBytes, long Sequence, long Token)
{
    /// <summary>Size of the head.</summary>
    public const int SizeBytes = 36;

    /// <summary>Longest payload.</summary>
    public const int PayloadBytesMax = 64 * 1024;

    private const uint Magic = 0x3152464E; // "NFR1"
    private const byte Version = 1;

    /// <summary>Writes head and payload.</summary>
    public static byte[] Write(ReplicationFrame frame, ReadOnlySpan<byte> payload)
    {
        byte[] bytes = new byte[SizeBytes + payload.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Magic);
        bytes[4] = Version;
        bytes[5] = (byte)frame.Kind;
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(6), frame.Shard);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(8), payload.Length);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(12), frame.Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(20), frame.Token);
        payload.CopyTo(bytes.AsSpan(SizeBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(28), Checksum(bytes.AsSpan(0, 28)));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(32), Checksum(payload));
        return bytes;
    }

    /// <summary>Reads a head.</summary>
    /// <param name="head">36 bytes, whatever they are.</param>
    /// <param name="frame">What they say.</param>
    /// <param name="payloadChecksum">What the payload must have.</param>
    /// <returns>False for what is none, damaged, of another version or too long.</returns>
    public static bool TryRead(ReadOnlySpan<byte> head, out ReplicationFrame frame, out uint payloadChecksum)
    {
        frame = default;
        payloadChecksum = 0;
        if (head.Length < SizeBytes || BinaryPrimitives.ReadUInt32LittleEndian(head) != Magic || head[4] != Version
            || BinaryPrimitives.ReadUInt32LittleEndian(head[28..]) != Checksum(head[..28]))
        {
            return false;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(head[8..]);
        var kind = (ReplicationKind)head[5];
        if (length is < 0 or > PayloadBytesMax || kind is < ReplicationKind.Hello or > ReplicationKind.Answer)
            return false;
        frame = new ReplicationFrame(
            kind, BinaryPrimitives.ReadUInt16LittleEndian(head[6..]), length, BinaryPrimitives.ReadInt64LittleEndian(head[12..]), BinaryPrimitives.ReadInt64LittleEndian(head[20..]));
        payloadChecksum = BinaryPrimitives.ReadUInt32LittleEndian(head[32..]);
        return true;
    }

    /// <summary>Reads a frame from a stream.</summary>
    /// <returns>Null at the end of the stream, or where no frame is.</returns>
    public static async Task<(ReplicationFrame Frame, byte[] Payload)?> Read(Stream stream, CancellationToken cancellation)
    {
        byte[] head = new byte[SizeBytes];
        if (await stream.ReadAtLeastAsync(head, SizeBytes, throwOnEndOfStream: false, cancellation) != SizeBytes
            || !TryRead(head, out ReplicationFrame frame, out uint checksum))
        {
            return null;
        }

        byte[] payload = new byte[frame.LengthBytes];
        return await stream.ReadAtLeastAsync(payload, payload.Length, throwOnEndOfStream: false, cancellation) == payload.Length && Checksum(payload) == checksum
            ? (frame, payload)
            : null;
    }

    // CRC-32C, eight bytes at a time.
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        for (; bytes.Length >= sizeof(ulong); bytes = bytes[sizeof(ulong)..])
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte rest in bytes)
            crc = BitOperations.Crc32C(crc, rest);
        return ~crc;
    }
}
