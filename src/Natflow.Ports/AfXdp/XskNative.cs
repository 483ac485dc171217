using System.Runtime.InteropServices;

namespace Natflow.Ports.AfXdp;

/// <summary>Numbers and layouts of AF_XDP sockets (<c>linux/if_xdp.h</c>).</summary>
internal static class XskNative
{
    internal const int OptionOffsets = 1;
    internal const int OptionReceiveRing = 2;
    internal const int OptionTransmitRing = 3;
    internal const int OptionUmem = 4;
    internal const int OptionFillRing = 5;
    internal const int OptionCompletionRing = 6;
    internal const int OptionStatistics = 7;
    internal const int OptionTransmitBudget = 9;

    internal const int SocketSendBufferForce = 32;
    internal const int SocketBusyPoll = 46;
    internal const int SocketPreferBusyPoll = 69;
    internal const int SocketBusyPollBudget = 70;

    internal const ushort BindSharedUmem = 1 << 0;
    internal const ushort BindCopy = 1 << 1;
    internal const ushort BindZeroCopy = 1 << 2;
    internal const ushort BindNeedWakeup = 1 << 3;

    internal const uint RingNeedsWakeup = 1;

    internal const long PageReceive = 0;
    internal const long PageTransmit = 0x8000_0000;
    internal const long PageFill = 0x1_0000_0000;
    internal const long PageCompletion = 0x1_8000_0000;

    /// <summary>What the kernel puts before each received frame (<c>XDP_PACKET_HEADROOM</c>).</summary>
    internal const int PacketHeadroomBytes = 256;

    /// <summary>Frames that a transmit call sends in copy mode where it cannot be set.</summary>
    internal const int TransmitBudgetDefault = 32;

    /// <summary><c>struct sockaddr_xdp</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Address
    {
        internal ushort Family;
        internal ushort Flags;
        internal uint InterfaceIndex;
        internal uint QueueIndex;
        internal uint SharedUmemFd;
    }

    /// <summary><c>struct xdp_umem_reg</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct UmemRegistration
    {
        internal ulong Address;
        internal ulong LengthBytes;
        internal uint ChunkBytes;
        internal uint HeadroomBytes;
        internal uint Flags;
        internal uint TransmitMetadataBytes;
    }

    /// <summary><c>struct xdp_ring_offset</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct RingOffsets
    {
        internal ulong Producer;
        internal ulong Consumer;
        internal ulong Entries;
        internal ulong Flags;
    }

    /// <summary><c>struct xdp_mmap_offsets</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Offsets
    {
        internal RingOffsets Receive;
        internal RingOffsets Transmit;
        internal RingOffsets Fill;
        internal RingOffsets Completion;
    }

    /// <summary><c>struct xdp_desc</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct Descriptor
    {
        internal ulong Address;
        internal uint LengthBytes;
        internal uint Options;
    }
}
