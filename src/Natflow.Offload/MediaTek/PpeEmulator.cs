using System.Buffers.Binary;

namespace Natflow.Offload.MediaTek;

/// <summary>
/// A MediaTek engine in software: takes frames and forwards them by the bytes of its table alone, so that a wrong entry is seen as a wrong frame.
/// </summary>
/// <remarks>
/// One thread. It stands for the silicon in tests and views; nothing is measured by it. What no public source says of the silicon is a choice: the order of
/// the tests on a bound entry, the victim among learned ones (the oldest), bytes counted before the MAC pads.
/// </remarks>
public sealed class PpeEmulator : IDisposable
{
    private const int GroupsMax = 8;

    private readonly FoeTable _table;
    private readonly FoeLayout _layout;
    private readonly ulong[] _bytes;
    private readonly ulong[] _packets;
    private readonly byte[]?[] _cache;
    private readonly int[] _frameBytesMax = new int[GroupsMax];
    private readonly uint _taggedPorts;

    /// <summary>An engine over a table.</summary>
    /// <param name="table">Belongs to who made it.</param>
    /// <param name="taggedPorts">Bit for each port of the fabric behind which a switch tags what comes in.</param>
    internal PpeEmulator(FoeTable table, uint taggedPorts = 0)
    {
        _table = table;
        _layout = table.Layout;
        _taggedPorts = taggedPorts;
        _bytes = new ulong[table.EntryCount];
        _packets = new ulong[table.EntryCount];
        _cache = new byte[]?[table.EntryCount];
        Array.Fill(_frameBytesMax, int.MaxValue);
    }

    /// <summary>The engine's clock, ticks of one second.</summary>
    public uint ClockTicks { get; private set; }

    /// <summary>Whether the engine keeps entries that it used until <see cref="ClearCache"/>, as the silicon does: who forgets to clear sees stale rewrites.</summary>
    public bool IsCaching { get; set; }

    /// <summary>Entries that are not free.</summary>
    public int CountUsed
    {
        get
        {
            int count = 0;
            for (int index = 0; index < _table.EntryCount; index++)
                count += _table.StateOf(index) != FoeState.Invalid ? 1 : 0;
            return count;
        }
    }

    /// <summary>Lets the clock run, with a scan for aged entries at each tick.</summary>
    /// <param name="ticks">0 or more.</param>
    public void Advance(int ticks)
    {
        for (int tick = 0; tick < ticks; tick++)
        {
            ClockTicks++;
            Age();
        }
    }

    /// <summary>Forgets the entries that the engine keeps.</summary>
    public void ClearCache() => Array.Clear(_cache);

    /// <inheritdoc />
    public void Dispose() => ClearCache();

    /// <summary>Takes a frame.</summary>
    /// <param name="frame">As it arrives, without FCS. Any bytes.</param>
    /// <param name="ingressPort">Port of the fabric, 0 to 15.</param>
    /// <param name="output">Room for the frame and <see cref="EngineResult.GrowthBytesMax"/> bytes more, and at least for <see cref="EngineResult.FrameBytesMin"/>.</param>
    public EngineResult Process(ReadOnlySpan<byte> frame, byte ingressPort, Span<byte> output)
    {
        if (output.Length < Math.Max(frame.Length + EngineResult.GrowthBytesMax, EngineResult.FrameBytesMin))
            throw new ArgumentException("needs room for the frame and what it may grow by", nameof(output));
        bool hasSwitchTag = ((_taggedPorts >> (ingressPort & 31)) & 1) != 0;
        EngineVerdict verdict = EngineFrame.TryRead(frame, hasSwitchTag, out EngineFrame read, out CpuReason reason);
        if (verdict == EngineVerdict.Drop) return EngineResult.Drop();
        if (verdict == EngineVerdict.ToCpu) return EngineResult.ToCpu(reason);

        int first = FoeHash.Index(read.Hash(), _layout, _table.EntryCount);
        for (int index = first; index < first + _layout.Ways; index++)
        {
            ReadOnlySpan<byte> entry = Look(index);
            var ib1 = FoeIb1.Decode(_layout, BinaryPrimitives.ReadUInt32LittleEndian(entry));
            if (ib1.State != FoeState.Invalid && read.Matches(entry, ib1)) return Hit(index, ib1, read, frame, output);
        }

        return Miss(first, read);
    }

    /// <summary>Reads an entry's counters and sets them to 0, as the serial-read registers do.</summary>
    internal void ReadMib(int index, Span<uint> words)
    {
        FoeMib.Encode(_layout, _bytes[index], _packets[index], words);
        _bytes[index] = 0;
        _packets[index] = 0;
    }

    /// <summary>Sets the length that frames with a number of tags (PPPoE counts as one) may have, bytes without FCS.</summary>
    internal void SetFrameBytesMax(int tags, int lengthBytes) => _frameBytesMax[tags] = lengthBytes;

    /// <summary>Adds to an entry's counters: what the engine does for each frame, open to tests of the counters' widths.</summary>
    internal void Count(int index, ulong packets, ulong bytes)
    {
        _packets[index] = (_packets[index] + packets) & FoeMib.PacketsMax(_layout);
        _bytes[index] = (_bytes[index] + bytes) & FoeMib.BytesMax(_layout);
    }

    private EngineResult Hit(int index, FoeIb1 ib1, in EngineFrame read, ReadOnlySpan<byte> frame, Span<byte> output)
    {
        switch (ib1.State)
        {
            case FoeState.Bind:
                return HitBound(index, read, frame, output);
            case FoeState.Fin:
                return EngineResult.ToCpu(CpuReason.TcpFlags, index);
        }

        bool isSameTick = EngineAges.IdleTicks(ib1, _layout, ClockTicks) == 0;
        ib1.PacketCount = (ushort)Math.Min(isSameTick ? ib1.PacketCount + 1u : 1u, _layout.PacketCount.Max);
        Stamp(index, ref ib1);
        if (read.EndsOrOpensTcp) return EngineResult.ToCpu(CpuReason.TcpFlags, index);
        return EngineResult.ToCpu(ib1.PacketCount >= EngineAges.BindRate ? CpuReason.HitUnboundRateReached : CpuReason.HitUnbound, index);
    }

    private EngineResult HitBound(int index, in EngineFrame read, ReadOnlySpan<byte> frame, Span<byte> output)
    {
        if (FoeCodec.TryDecode(_layout, Look(index), out FoeBody body) != FoeDecodeStatus.Decoded)
            return EngineResult.ToCpu(CpuReason.BoundToCpu, index);
        if (read.EndsOrOpensTcp) return EndOrOpen(index, body.Ib1, read);
        if (body.Ib1.DecrementTtl && read.Ttl <= 1) return EngineResult.ToCpu(CpuReason.BoundTtl, index);
        if (body.Ib1.VlanLayers > EngineRewriter.VlanLayersMax) return EngineResult.ToCpu(CpuReason.BoundVlan, index);
        int tags = body.Ib1.VlanLayers + (body.Ib1.HasPppoe ? 1 : 0);
        if (EngineRewriter.LinkBytes(body.Ib1) + read.L3Bytes > _frameBytesMax[tags]) return EngineResult.ToCpu(CpuReason.ExceedsMtu, index);
        if (body.Ib2.EgressPort == FabricPort.Cpu) return EngineResult.ToCpu(CpuReason.BoundToCpu, index);
        if (body.Ib2.EgressPort == FabricPort.Drop) return EngineResult.Drop(index);

        int lengthBytes = EngineRewriter.Rewrite(body, read, frame, output);
        Stamp(index, ref body.Ib1);
        if (body.Ib2.CountInMib) Count(index, 1, (ulong)(body.Ib2.CountIngressBytes ? frame.Length : lengthBytes));
        if (lengthBytes < EngineResult.FrameBytesMin) output[lengthBytes..EngineResult.FrameBytesMin].Clear();
        return EngineResult.Forward(body.Ib2, Math.Max(lengthBytes, EngineResult.FrameBytesMin), index);
    }

    private EngineResult EndOrOpen(int index, FoeIb1 ib1, in EngineFrame read)
    {
        if ((read.TcpFlags & (Packets.TcpFlags.Fin | Packets.TcpFlags.Rst)) == 0) return EngineResult.ToCpu(CpuReason.TcpFlags, index);
        ib1.State = FoeState.Fin;
        ib1.PacketCount = 1;
        Stamp(index, ref ib1);
        return EngineResult.ToCpu(CpuReason.BoundFin, index);
    }

    private EngineResult Miss(int first, in EngineFrame read)
    {
        int index = FindPlace(first);
        if (index == EngineResult.NoIndex) return EngineResult.ToCpu(CpuReason.Miss);
        var body = new FoeBody
        {
            Ib1 = new FoeIb1
            {
                State = FoeState.Unbind,
                PacketType = (byte)read.Type,
                IsUdp = read.IsUdp,
                PacketCount = 1,
                Timestamp = (ushort)(ClockTicks & FoeLayout.LearnedTimestamp.Max),
            },
            Src = read.Src,
            Dst = read.Dst,
            SrcPort = (ushort)(read.KeyWord >> 16),
            DstPort = (ushort)read.KeyWord,
            Protocol = read.Protocol,
        };
        _cache[index] = null;
        FoeCodec.Encode(_layout, body, _table.Entry(index));
        return EngineResult.ToCpu(CpuReason.Miss, index);
    }

    // A free way, else the learned one that was not hit for longest; never a bound, ending or static one.
    private int FindPlace(int first)
    {
        int oldest = EngineResult.NoIndex;
        int oldestTicks = -1;
        for (int index = first; index < first + _layout.Ways; index++)
        {
            var ib1 = FoeIb1.Decode(_layout, _table.ReadIb1(index));
            if (ib1.IsStatic) continue;
            if (ib1.State == FoeState.Invalid) return index;
            int idleTicks = EngineAges.IdleTicks(ib1, _layout, ClockTicks);
            if (ib1.State != FoeState.Unbind || idleTicks <= oldestTicks) continue;
            oldest = index;
            oldestTicks = idleTicks;
        }

        return oldest;
    }

    private ReadOnlySpan<byte> Look(int index)
    {
        if (!IsCaching) return _table.Entry(index);
        return _cache[index] ??= _table.Entry(index).ToArray();
    }

    private void Stamp(int index, ref FoeIb1 ib1)
    {
        BitField stamp = ib1.State == FoeState.Bind ? _layout.Timestamp : FoeLayout.LearnedTimestamp;
        ib1.Timestamp = (ushort)(ClockTicks & stamp.Max);
        uint word = ib1.Encode(_layout);
        if (!IsCaching)
        {
            _table.WriteIb1(index, word);
            return;
        }

        // A stale copy is not written back: what software freed in the meantime stays free.
        Span<byte> cached = _cache[index];
        bool isCurrent = BinaryPrimitives.ReadUInt32LittleEndian(cached) == _table.ReadIb1(index);
        BinaryPrimitives.WriteUInt32LittleEndian(cached, word);
        if (isCurrent) _table.WriteIb1(index, word);
    }

    private void Age()
    {
        for (int index = 0; index < _table.EntryCount; index++)
        {
            uint word = _table.ReadIb1(index);
            if (!EngineAges.IsExpired(FoeIb1.Decode(_layout, word), _layout, ClockTicks)) continue;
            _table.Invalidate(index);
            _cache[index] = null;
        }
    }
}
