using System.Runtime.InteropServices;
using Natflow.Memory;

namespace Natflow.Ports.AfPacket;

/// <summary>A packet socket (packet(7)) with a receive and a transmit ring in one mapping, bound to an interface but deaf until told to listen.</summary>
internal sealed unsafe class AfPacketSocket : IDisposable
{
    private const ushort ProtocolAllBe = 0x0300;
    private const int AddressBytes = 20;
    private const int VersionThree = 2;

    private const int OptionAddMembership = 1;
    private const int OptionReceiveRing = 5;
    private const int OptionStatistics = 6;
    private const int OptionVersion = 10;
    private const int OptionTransmitRing = 13;
    private const int OptionLoss = 14;
    private const int OptionSegmentationHeader = 15;
    private const int OptionFanout = 18;
    private const int OptionQdiscBypass = 20;
    private const int OptionIgnoreOutgoing = 23;

    private const int OptionSendBuffer = 7;
    private const int OptionAttachFilter = 26;
    private const int OptionDetachFilter = 27;
    private const int OptionAttachProgram = 50;
    private const int OptionSendBufferForce = 32;

    private const int FanoutUniqueId = 0x2000;
    private const int MembershipPromiscuous = 1;
    private const int ReceiveFrameBytes = 2048;

    // What the kernel accounts for a frame on its way, beyond its bytes.
    private const int BookkeepingBytes = 1024;

    private readonly string _interfaceName;
    private readonly int _interfaceIndex;
    private readonly MappedRing _rings;
    private readonly nint _receiveBytes;

    /// <summary>Opens and maps; nothing is received before <see cref="Listen"/>.</summary>
    internal AfPacketSocket(AfPacketSettings settings, int interfaceIndex, int frameBytesMax)
    {
        _interfaceName = settings.InterfaceName;
        _interfaceIndex = interfaceIndex;
        const int Type = SocketNative.TypeRaw | SocketNative.TypeNonBlocking | SocketNative.TypeCloseOnExec;
        Descriptor = FileDescriptor.Take(
            SocketNative.Socket(SocketNative.FamilyPacket, Type, 0), "socket AF_PACKET", _interfaceName, "CAP_NET_RAW");
        try
        {
            SetOptions(settings);
            SlotBytes = TransmitRing.SlotBytesFor(frameBytesMax);
            _receiveBytes = (nint)settings.BlockBytes * settings.BlockCount;
            nint transmitBytes = MakeRings(settings);
            _rings = new MappedRing(Descriptor, (nuint)(_receiveBytes + transmitBytes), 0, $"{_interfaceName}: packet rings");
            Attach();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    internal FileDescriptor Descriptor { get; }

    internal int SlotBytes { get; }

    internal byte* ReceiveBase => _rings.Base;

    internal byte* TransmitBase => _rings.Base + _receiveBytes;

    /// <summary>Joins the group of sockets that divide the interface's frames among them.</summary>
    /// <param name="mode">How they are divided.</param>
    /// <param name="groupId">The group; null makes a new one.</param>
    /// <returns>The group's id.</returns>
    internal int JoinFanout(FanoutMode mode, int? groupId)
    {
        int type = (int)mode | (groupId is null ? FanoutUniqueId : 0);
        Set(SocketNative.LevelPacket, OptionFanout, (groupId ?? 0) | (type << 16), "PACKET_FANOUT (the interface must be up)");
        int joined = 0;
        uint joinedBytes = sizeof(int);
        if (SocketNative.GetOption(Descriptor.Number, SocketNative.LevelPacket, OptionFanout, &joined, &joinedBytes) < 0)
            throw new NativeException("getsockopt PACKET_FANOUT", _interfaceName);
        return joined & ushort.MaxValue;
    }

    /// <summary>Receives frames to other stations too, as long as this socket lives.</summary>
    internal void JoinPromiscuous()
    {
        var request = new MembershipRequest { InterfaceIndex = _interfaceIndex, Type = MembershipPromiscuous };
        Check(
            SocketNative.SetOption(
                Descriptor.Number, SocketNative.LevelPacket, OptionAddMembership, &request, (uint)sizeof(MembershipRequest)),
            "PACKET_ADD_MEMBERSHIP promiscuous");
    }

    /// <summary>Lets frames in from now on.</summary>
    /// <param name="filterFd">A socket filter that says which; null for all.</param>
    internal void Listen(int? filterFd)
    {
        if (filterFd is { } program)
            Set(SocketNative.LevelSocket, OptionAttachProgram, program, "SO_ATTACH_BPF");
        else
            Set(SocketNative.LevelSocket, OptionDetachFilter, 0, "SO_DETACH_FILTER");
    }

    /// <summary>What the kernel counted since the last call; zero when the socket is closed.</summary>
    internal AfPacketStatistics TakeStatistics()
    {
        uint* counts = stackalloc uint[3];
        uint countBytes = 3 * sizeof(uint);
        return !Descriptor.IsClosed
            && SocketNative.GetOption(Descriptor.Number, SocketNative.LevelPacket, OptionStatistics, counts, &countBytes) == 0
            ? new AfPacketStatistics(counts[0], counts[1], counts[2])
            : default;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _rings?.Dispose();
        Descriptor.Dispose();
    }

    private void SetOptions(AfPacketSettings settings)
    {
        Set(SocketNative.LevelPacket, OptionVersion, VersionThree, "PACKET_VERSION TPACKET_V3");
        Set(SocketNative.LevelPacket, OptionSegmentationHeader, 1, "PACKET_VNET_HDR");
        Set(SocketNative.LevelPacket, OptionIgnoreOutgoing, 1, "PACKET_IGNORE_OUTGOING (Linux 4.20 or later)");
        // A frame that the kernel finds malformed is skipped; it would stop the ring for good otherwise.
        Set(SocketNative.LevelPacket, OptionLoss, 1, "PACKET_LOSS");
        if (settings.BypassesQdisc)
            Set(SocketNative.LevelPacket, OptionQdiscBypass, 1, "PACKET_QDISC_BYPASS");
    }

    private nint MakeRings(AfPacketSettings settings)
    {
        var receive = new RingRequest
        {
            BlockBytes = (uint)settings.BlockBytes,
            BlockCount = (uint)settings.BlockCount,
            FrameBytes = ReceiveFrameBytes,
            FrameCount = (uint)(_receiveBytes / ReceiveFrameBytes),
            BlockTimeoutMs = (uint)settings.BlockTimeoutMs,
        };
        MakeRing(OptionReceiveRing, receive, "PACKET_RX_RING");

        int blockBytes = Math.Max(SlotBytes, Environment.SystemPageSize);
        nint transmitBytes = Math.Max((nint)SlotBytes * settings.TransmitSlotCount, blockBytes);
        var transmit = new RingRequest
        {
            BlockBytes = (uint)blockBytes,
            BlockCount = (uint)(transmitBytes / blockBytes),
            FrameBytes = (uint)SlotBytes,
            FrameCount = (uint)(transmitBytes / SlotBytes),
        };
        MakeRing(OptionTransmitRing, transmit, "PACKET_TX_RING");
        GrowSendBuffer(settings.TransmitSlotCount);
        return transmitBytes;
    }

    private void MakeRing(int option, RingRequest request, string name) => Check(
        SocketNative.SetOption(Descriptor.Number, SocketNative.LevelPacket, option, &request, (uint)sizeof(RingRequest)),
        $"{name}, {request.BlockCount} blocks of {request.BlockBytes} bytes");

    // The whole ring may be on its way at once. Without CAP_NET_ADMIN the system's limit holds, and frames wait in the ring for it.
    private void GrowSendBuffer(int slotCount)
    {
        int bytes = (int)Math.Min(int.MaxValue / 2, (long)slotCount * (SlotBytes + BookkeepingBytes));
        if (SocketNative.SetOption(Descriptor.Number, SocketNative.LevelSocket, OptionSendBufferForce, &bytes, sizeof(int)) < 0)
            _ = SocketNative.SetOption(Descriptor.Number, SocketNative.LevelSocket, OptionSendBuffer, &bytes, sizeof(int));
    }

    // A filter that lets nothing through is in place before the socket hears anything: without it each socket of a fanout group
    // would receive every frame until it had joined.
    private void Attach()
    {
        var rejectAll = new FilterInstruction { Code = 0x06 };
        var program = new FilterProgram { Length = 1, Instructions = &rejectAll };
        Check(
            SocketNative.SetOption(
                Descriptor.Number, SocketNative.LevelSocket, OptionAttachFilter, &program, (uint)sizeof(FilterProgram)),
            "SO_ATTACH_FILTER");

        byte* address = stackalloc byte[AddressBytes];
        new Span<byte>(address, AddressBytes).Clear();
        *(ushort*)address = SocketNative.FamilyPacket;
        *(ushort*)(address + 2) = ProtocolAllBe;
        *(int*)(address + 4) = _interfaceIndex;
        if (SocketNative.Bind(Descriptor.Number, address, AddressBytes) < 0)
            throw new NativeException("bind AF_PACKET", _interfaceName);
    }

    private void Set(int level, int option, int value, string name) =>
        Check(SocketNative.SetOption(Descriptor.Number, level, option, &value, sizeof(int)), name);

    private void Check(int result, string option)
    {
        if (result < 0)
            throw new NativeException($"setsockopt {option}", _interfaceName, Marshal.GetLastPInvokeError(), "CAP_NET_RAW");
    }

    /// <summary><c>struct tpacket_req3</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct RingRequest
    {
        internal uint BlockBytes;
        internal uint BlockCount;
        internal uint FrameBytes;
        internal uint FrameCount;
        internal uint BlockTimeoutMs;
        internal uint PrivateBytes;
        internal uint Features;
    }

    /// <summary><c>struct packet_mreq</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct MembershipRequest
    {
        internal int InterfaceIndex;
        internal ushort Type;
        internal ushort AddressLength;
        internal ulong Address;
    }

    /// <summary><c>struct sock_filter</c>; code 6 returns the number of bytes to keep.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct FilterInstruction
    {
        internal ushort Code;
        internal byte JumpTrue;
        internal byte JumpFalse;
        internal uint Value;
    }

    /// <summary><c>struct sock_fprog</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct FilterProgram
    {
        internal ushort Length;
        internal FilterInstruction* Instructions;
    }
}
