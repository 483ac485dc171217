namespace Natflow.Ports.AfPacket;

/// <summary>
/// The receive ring of TPACKET_V3: blocks that the kernel fills with frames and hands over when full or old. A block goes back as soon as its
/// last frame was taken. One thread.
/// </summary>
internal sealed unsafe class BlockRing
{
    private const int StatusOffset = 8;
    private const int PacketCountOffset = 12;
    private const int FirstPacketOffset = 16;
    private const uint StatusKernel = 0;
    private const uint StatusUser = 1;

    private readonly byte* _base;
    private readonly int _blockBytes;
    private readonly int _blockCount;
    private int _blockIndex;
    private byte* _packet;
    private uint _packetsLeft;

    internal BlockRing(byte* ringBase, int blockBytes, int blockCount)
    {
        _base = ringBase;
        _blockBytes = blockBytes;
        _blockCount = blockCount;
    }

    private byte* Block => _base + ((nint)_blockIndex * _blockBytes);

    /// <summary>The oldest frame that was not taken yet; null where there is none.</summary>
    internal PacketHeader* Peek() => _packetsLeft != 0 || TryOpenBlock() ? (PacketHeader*)_packet : null;

    /// <summary>Takes the frame that <see cref="Peek"/> gave: its memory may be the kernel's again.</summary>
    internal void Advance()
    {
        _packetsLeft--;
        if (_packetsLeft != 0)
            _packet += ((PacketHeader*)_packet)->NextOffset;
        else
            CloseBlock();
    }

    private bool TryOpenBlock()
    {
        byte* block = Block;
        if ((Volatile.Read(ref *(uint*)(block + StatusOffset)) & StatusUser) == 0)
            return false;

        _packetsLeft = *(uint*)(block + PacketCountOffset);
        _packet = block + *(uint*)(block + FirstPacketOffset);
        if (_packetsLeft != 0)
            return true;
        CloseBlock();
        return false;
    }

    // A release store: all reads of the block come before it.
    private void CloseBlock()
    {
        Volatile.Write(ref *(uint*)(Block + StatusOffset), StatusKernel);
        _blockIndex = _blockIndex + 1 == _blockCount ? 0 : _blockIndex + 1;
    }
}
