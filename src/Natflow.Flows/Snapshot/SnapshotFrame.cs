using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Natflow.Flows.Snapshot;

/// <summary>Head of a frame: records of one kind and shard follow. 16 bytes.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 4, Size = SizeBytes)]
internal struct SnapshotFrame
{
    internal const int SizeBytes = 16;

    /// <summary>Longest payload: what a reader keeps in memory at a time.</summary>
    internal const int PayloadBytesMax = 64 * 1024;

    /// <summary>Bytes that follow.</summary>
    internal uint LengthBytes;

    /// <summary>What they are.</summary>
    internal SnapshotKind Kind;

    /// <summary>Shard that they were of.</summary>
    internal ushort ShardIndex;

    /// <summary>Number of the frame, from 0: none is missing, none comes twice.</summary>
    internal uint Sequence;

    /// <summary>CRC-32C over the three fields before and the payload.</summary>
    internal uint Checksum;

    /// <summary>Size of a record; 0 for a kind that is unknown.</summary>
    internal readonly int RecordBytes => Kind switch
    {
        SnapshotKind.End => sizeof(uint),
        SnapshotKind.Subscribers => Unsafe.SizeOf<SnapshotSubscriber>(),
        SnapshotKind.Users => Unsafe.SizeOf<SnapshotUser>(),
        SnapshotKind.Blocks => Unsafe.SizeOf<SnapshotBlock>(),
        SnapshotKind.Flows => Unsafe.SizeOf<SnapshotFlow>(),
        SnapshotKind.Streams => Unsafe.SizeOf<SnapshotStream>(),
        SnapshotKind.Ipv6Flows => Unsafe.SizeOf<SnapshotIpv6Flow>(),
        SnapshotKind.Leases => Unsafe.SizeOf<SnapshotLease>(),
        _ => 0,
    };

    /// <summary>The checksum that a frame with this head and payload must carry.</summary>
    internal readonly uint ChecksumOf(ReadOnlySpan<byte> payload)
    {
        uint crc = BitOperations.Crc32C(uint.MaxValue, LengthBytes | ((ulong)Kind << 32) | ((ulong)ShardIndex << 48));
        return ~Continue(BitOperations.Crc32C(crc, Sequence), payload);
    }

    /// <summary>CRC-32C of some bytes.</summary>
    internal static uint ChecksumOfBytes(ReadOnlySpan<byte> bytes) => ~Continue(uint.MaxValue, bytes);

    private static uint Continue(uint crc, ReadOnlySpan<byte> bytes)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(bytes);
        foreach (ulong word in words)
            crc = BitOperations.Crc32C(crc, word);
        foreach (byte rest in bytes[(words.Length * sizeof(ulong))..])
            crc = BitOperations.Crc32C(crc, rest);
        return crc;
    }
}
