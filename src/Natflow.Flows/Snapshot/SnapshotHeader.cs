using System.Runtime.InteropServices;

namespace Natflow.Flows.Snapshot;

/// <summary>What a snapshot says of itself. 40 bytes, little-endian.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = SizeBytes)]
public struct SnapshotHeader
{
    /// <summary>Size in bytes.</summary>
    public const int SizeBytes = 40;

    /// <summary>Layout that this version writes, and the only one it reads.</summary>
    public const uint VersionNow = 1;

    /// <summary>"NATFLOWS" in ASCII.</summary>
    public const ulong MagicNow = 0x53574F4C_4654414E;

    /// <summary><see cref="MagicNow"/>.</summary>
    public ulong Magic;

    /// <summary>Layout of what follows.</summary>
    public uint Version;

    /// <summary>Shards of the gateway that wrote it.</summary>
    public uint ShardCount;

    /// <summary>When it was written: ms since 1970-01-01 UTC.</summary>
    public long SavedAtUnixMs;

    /// <summary>Seed of that gateway's hashes: with the same one each subscriber stays with its shard. Secret.</summary>
    public ulong Seed;

    /// <summary>Ports in a block of that gateway.</summary>
    public uint PortBlockSize;

    /// <summary>CRC-32C of the bytes before.</summary>
    public uint Checksum;
}
