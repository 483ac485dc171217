using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Natflow.Offload.Xdp;

/// <summary>Numbers shared with <c>bpf/ppe_tables.h</c>.</summary>
internal static class PpeLayout
{
    internal const uint Version = 3;
    internal const int Ways = 16;
    internal const int HashWords = 12;
    internal const int Links = 65536;
    internal const int Devices = 256;
    internal const int Shards = 256;
    internal const int PortsBuckets = 1024;
    internal const int PortsProbesMax = 4;
    internal const int CounterSlots = 24;
    internal const int LastSeenShift = 20;
    internal const int PacketShift = 36;
    internal const byte FlagWan = 1;
    internal const byte FlagNat6 = 2;
    internal const byte PortPartial = 1;
    internal const uint WordBound = 1;
    internal const int WordGenerationShift = 1;
    internal const int WordNumberShift = 17;

    /// <summary><c>struct ppe_counters</c>; the last two words are the program's clock.</summary>
    [InlineArray(CounterSlots)]
    internal struct Counters
    {
        private ulong _first;
    }

    /// <summary>Secret words of the hash.</summary>
    [InlineArray(HashWords)]
    internal struct HashKey
    {
        private ulong _first;
    }

    /// <summary><c>struct ppe_config</c>.</summary>
    [StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
    internal struct Config
    {
        internal const int SizeBytes = 192;

        [FieldOffset(0)]
        internal uint LayoutVersion;

        [FieldOffset(4)]
        internal uint Generation;

        [FieldOffset(8)]
        internal uint BucketMask4;

        [FieldOffset(12)]
        internal uint BucketMask6;

        /// <summary>In the program's reserved words: which subscribers are whose shard's.</summary>
        [FieldOffset(16)]
        internal ulong GatewaySeed;

        [FieldOffset(56)]
        internal HashKey Key;
    }

    /// <summary><c>struct ppe_action</c>.</summary>
    [StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
    internal struct Action
    {
        internal const int SizeBytes = 16;

        internal uint Word;
        internal ushort LinkIndex;
        internal ushort LinkGeneration;
        internal uint PolicyIndex;
        internal ushort PolicyGeneration;
        internal byte Shard;
        internal byte Rule;
    }

    /// <summary><c>struct ppe_counts</c>.</summary>
    [StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
    internal struct Counts
    {
        internal const int SizeBytes = 16;

        internal ulong Traffic;
        internal uint Reserved;
        internal uint LastSeen;
    }

    /// <summary><c>struct ppe_owner</c>.</summary>
    [StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
    internal struct Owner
    {
        internal const int SizeBytes = 32;

        internal ulong Cookie;
        internal ulong Packets;
        internal ulong Bytes;
        internal uint IngressInterface;
        internal uint Reserved;
    }

    /// <summary><c>struct ppe_link</c>.</summary>
    [StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
    internal struct Link
    {
        internal const int SizeBytes = 64;
        internal const int HeaderOffset = 32;

        [FieldOffset(0)]
        internal uint Version;

        [FieldOffset(4)]
        internal ushort Generation;

        [FieldOffset(6)]
        internal ushort MtuBytes;

        [FieldOffset(8)]
        internal ushort Device;

        [FieldOffset(10)]
        internal byte HeaderBytes;

        [FieldOffset(11)]
        internal byte IsPppoe;
    }

    /// <summary><c>struct ppe_port</c>.</summary>
    [StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
    internal struct Port
    {
        internal const int SizeBytes = 8;

        internal uint InterfaceIndex;
        internal ushort Zone;
        internal byte Flags;
        internal byte Device;
    }
}
