using System.Buffers.Binary;

namespace Natflow.Ports.Pcap;

/// <summary>
/// Reads the blocks of a pcapng file: sections of either byte order, interfaces with their own clocks, the three kinds of packet
/// block. Blocks of other types are passed over.
/// </summary>
/// <remarks>A packet is delivered only when its whole block is there and both its length fields agree.</remarks>
internal sealed class PcapngDecoder
{
    /// <summary>Most interfaces of one section: bounds the memory that a hostile file can take.</summary>
    internal const int InterfacesMax = 4096;

    internal const uint ByteOrderMagic = 0x1A2B3C4D;

    private const int BlockHeaderBytes = 8;
    private const int TrailerBytes = 4;
    private const int SectionBodyBytes = 16;
    private const int InterfaceBodyBytes = 8;
    private const int PacketBodyBytes = 20;
    private const int SimplePacketBodyBytes = 4;

    private readonly CaptureWindow _window;
    private readonly CaptureDamageLog _damage;
    private PcapngInterface[] _interfaces = new PcapngInterface[4];
    private int _interfaceCount;
    private bool _bigEndian;
    private long _lastTimestampNs;

    // The block being read: what its header said, and the bytes of its body that were not taken yet.
    private long _blockOffset;
    private uint _blockType;
    private uint _blockBytes;
    private long _bodyLeft;

    internal PcapngDecoder(CaptureWindow window, CaptureDamageLog damage)
    {
        _window = window;
        _damage = damage;
    }

    /// <summary>Reads on to the next packet; false at the end or at damage. Each turn of the loop takes at least 12 bytes of the file.</summary>
    internal bool TryRead(Span<byte> destination, out CapturePacket packet)
    {
        while (TryReadBlockHeader())
        {
            switch (_blockType)
            {
                case PcapngBlockType.EnhancedPacket or PcapngBlockType.Packet:
                    return TryReadPacket(destination, out packet);
                case PcapngBlockType.SimplePacket:
                    return TryReadSimplePacket(destination, out packet);
            }

            bool understood = _blockType switch
            {
                PcapngBlockType.SectionHeader => TryReadSection(),
                PcapngBlockType.InterfaceDescription => TryReadInterface(),
                _ => true,
            };
            if (!understood || !TryEndBlock())
                break;
        }

        packet = default;
        return false;
    }

    private bool TryReadBlockHeader()
    {
        _blockOffset = _window.Position;
        if (!_window.TryPeek(BlockHeaderBytes, out ReadOnlySpan<byte> header))
            return !_window.EndedCleanly && _damage.Truncated(_blockOffset, "a block header", BlockHeaderBytes);

        _blockType = ReadUInt32(header);
        if (_blockType == PcapngBlockType.SectionHeader)
        {
            if (!_window.TryPeek(BlockHeaderBytes + 4, out header))
                return _damage.Truncated(_blockOffset, "a section header", BlockHeaderBytes + 4 + SectionBodyBytes);
            if (!TrySetByteOrder(header[BlockHeaderBytes..]))
                return false;
        }

        _blockBytes = ReadUInt32(header[4..]);
        int bytesMin = BlockHeaderBytes + BodyBytesMin(_blockType) + TrailerBytes;
        if (_blockBytes < bytesMin || _blockBytes % 4 != 0)
        {
            return _damage.Set(
                _blockOffset, $"a block of type 0x{_blockType:x} of {_blockBytes} bytes, expected a multiple of 4, at least {bytesMin}");
        }

        _window.Advance(BlockHeaderBytes);
        _bodyLeft = _blockBytes - BlockHeaderBytes - TrailerBytes;
        return true;
    }

    private static int BodyBytesMin(uint blockType) => blockType switch
    {
        PcapngBlockType.SectionHeader => SectionBodyBytes,
        PcapngBlockType.InterfaceDescription => InterfaceBodyBytes,
        PcapngBlockType.EnhancedPacket or PcapngBlockType.Packet => PacketBodyBytes,
        PcapngBlockType.SimplePacket => SimplePacketBodyBytes,
        _ => 0,
    };

    private bool TrySetByteOrder(ReadOnlySpan<byte> magic)
    {
        uint value = BinaryPrimitives.ReadUInt32BigEndian(magic);
        _bigEndian = value == ByteOrderMagic;
        return _bigEndian || value == BinaryPrimitives.ReverseEndianness(ByteOrderMagic)
            || _damage.Set(_blockOffset, $"byte-order magic {value:x8} in a section header, expected {ByteOrderMagic:x8} in either order");
    }

    private bool TryReadSection()
    {
        if (!TryPeekBody(SectionBodyBytes, "a section header", out ReadOnlySpan<byte> body))
            return false;

        int major = ReadUInt16(body[4..]);
        int minor = ReadUInt16(body[6..]);
        _interfaceCount = 0;
        TakeBody(SectionBodyBytes);
        return (major == 1 && minor is 0 or 2) || _damage.Set(_blockOffset, $"pcapng version {major}.{minor}, expected 1.0");
    }

    private bool TryReadInterface()
    {
        if (!TryPeekBody(InterfaceBodyBytes, "an interface description", out ReadOnlySpan<byte> body))
            return false;
        if (_interfaceCount == InterfacesMax)
            return _damage.Set(_blockOffset, $"more than {InterfacesMax} interfaces in a section");

        var described = new PcapngInterface(ReadUInt16(body), ReadUInt32(body[4..]));
        TakeBody(InterfaceBodyBytes);
        if (!TryReadInterfaceOptions(ref described))
            return false;

        if (_interfaceCount == _interfaces.Length)
            Array.Resize(ref _interfaces, _interfaces.Length * 2);
        _interfaces[_interfaceCount++] = described;
        return true;
    }

    private bool TryReadInterfaceOptions(ref PcapngInterface described)
    {
        const int endOfOptions = 0;
        const int optionHeaderBytes = 4;
        while (_bodyLeft >= optionHeaderBytes) // Each turn takes at least 4 bytes of the block.
        {
            if (!TryPeekBody(optionHeaderBytes, "an option", out ReadOnlySpan<byte> option))
                return false;
            int code = ReadUInt16(option);
            int lengthBytes = ReadUInt16(option[2..]);
            int paddedBytes = (lengthBytes + 3) & ~3;
            TakeBody(optionHeaderBytes);
            if (code == endOfOptions)
                return true;
            if (paddedBytes > _bodyLeft)
                return _damage.Set(_blockOffset, $"an interface option of {lengthBytes} bytes where {_bodyLeft} bytes of its block are left");
            if (!TryReadClockOption(code, lengthBytes, ref described) || !TrySkipBody(paddedBytes))
                return false;
        }

        return true;
    }

    // Options of other codes and of other lengths than theirs say nothing about the clock.
    private bool TryReadClockOption(int code, int lengthBytes, ref PcapngInterface described)
    {
        bool isResolution = code == PcapngInterface.ResolutionOption && lengthBytes == 1;
        bool isOffset = code == PcapngInterface.OffsetOption && lengthBytes == 8;
        if (!isResolution && !isOffset)
            return true;
        if (!TryPeekBody(lengthBytes, "an option", out ReadOnlySpan<byte> value))
            return false;

        if (isResolution)
            described.SetResolution(value[0]);
        else
            described.OffsetSeconds = (long)ReadUInt64(value);
        return true;
    }

    private bool TryReadPacket(Span<byte> destination, out CapturePacket packet)
    {
        packet = default;
        if (!TryPeekBody(PacketBodyBytes, "a packet block", out ReadOnlySpan<byte> body))
            return false;

        // The obsolete block has a 16-bit interface number and a 16-bit count of drops in place of a 32-bit interface number.
        uint interfaceIndex = _blockType == PcapngBlockType.Packet ? ReadUInt16(body) : ReadUInt32(body);
        ulong units = ((ulong)ReadUInt32(body[4..]) << 32) | ReadUInt32(body[8..]);
        uint captured = ReadUInt32(body[12..]);
        uint original = ReadUInt32(body[16..]);
        TakeBody(PacketBodyBytes);
        if (!IsPacketSane(interfaceIndex, captured))
            return false;

        ref readonly PcapngInterface source = ref _interfaces[interfaceIndex];
        _lastTimestampNs = source.ToUnixNs(units);
        return TryTakePacket(destination, (int)interfaceIndex, (int)captured, original, out packet);
    }

    private bool TryReadSimplePacket(Span<byte> destination, out CapturePacket packet)
    {
        packet = default;
        if (!TryPeekBody(SimplePacketBodyBytes, "a simple packet block", out ReadOnlySpan<byte> body))
            return false;

        uint original = ReadUInt32(body);
        TakeBody(SimplePacketBodyBytes);
        uint snapLength = _interfaceCount > 0 && _interfaces[0].SnapLengthBytes != 0 ? _interfaces[0].SnapLengthBytes : uint.MaxValue;
        uint captured = Math.Min(Math.Min(original, snapLength), (uint)_bodyLeft);
        return IsPacketSane(0, captured) && TryTakePacket(destination, 0, (int)captured, original, out packet);
    }

    private bool IsPacketSane(uint interfaceIndex, uint captured)
    {
        if (interfaceIndex >= _interfaceCount)
            return _damage.Set(_blockOffset, $"a packet of interface {interfaceIndex}, but the section describes {_interfaceCount} so far");
        if (captured > _bodyLeft)
            return _damage.Set(_blockOffset, $"a packet of {captured} bytes where {_bodyLeft} bytes of its block are left");
        return captured <= CaptureReader.PacketBytesMax
            || _damage.Set(_blockOffset, $"a packet of {captured} bytes, expected at most {CaptureReader.PacketBytesMax}");
    }

    private bool TryTakePacket(Span<byte> destination, int interfaceIndex, int captured, uint original, out CapturePacket packet)
    {
        packet = default;
        int copied = Math.Min(captured, destination.Length);
        if (!_window.TryTake(destination[..copied]))
            return TruncatedBlock("a packet block");
        _bodyLeft -= copied;
        if (!TryEndBlock())
            return false;

        packet = new CapturePacket
        {
            TimestampNs = _lastTimestampNs,
            CapturedBytes = captured,
            OriginalBytes = original,
            LinkType = _interfaces[interfaceIndex].LinkType,
            InterfaceIndex = interfaceIndex,
            IsOversize = captured > destination.Length,
        };
        return true;
    }

    // Passes over what is left of the block, and its second length, by which readers go backwards.
    private bool TryEndBlock()
    {
        if (!TrySkipBody(_bodyLeft))
            return false;
        if (!_window.TryPeek(TrailerBytes, out ReadOnlySpan<byte> trailer))
            return TruncatedBlock("a block");
        uint repeated = ReadUInt32(trailer);
        if (repeated != _blockBytes)
            return _damage.Set(_blockOffset, $"a block of {_blockBytes} bytes that ends with the length {repeated}, expected the same");
        _window.Advance(TrailerBytes);
        return true;
    }

    private bool TryPeekBody(int count, string what, out ReadOnlySpan<byte> bytes) =>
        _window.TryPeek(count, out bytes) || TruncatedBlock(what);

    private void TakeBody(int count)
    {
        _window.Advance(count);
        _bodyLeft -= count;
    }

    private bool TrySkipBody(long count)
    {
        if (!_window.TrySkip(count))
            return TruncatedBlock("a block");
        _bodyLeft -= count;
        return true;
    }

    private bool TruncatedBlock(string what) => _damage.Truncated(_blockOffset, what, _blockBytes);

    private ushort ReadUInt16(ReadOnlySpan<byte> bytes) =>
        _bigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);

    private uint ReadUInt32(ReadOnlySpan<byte> bytes) =>
        _bigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);

    private ulong ReadUInt64(ReadOnlySpan<byte> bytes) =>
        _bigEndian ? BinaryPrimitives.ReadUInt64BigEndian(bytes) : BinaryPrimitives.ReadUInt64LittleEndian(bytes);
}
