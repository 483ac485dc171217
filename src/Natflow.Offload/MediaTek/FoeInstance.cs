using System.Buffers.Binary;
using Natflow.Memory;
using Natflow.Offload.Model;

namespace Natflow.Offload.MediaTek;

/// <summary>One engine with its table, and what software keeps of each entry. One thread.</summary>
internal sealed class FoeInstance : IDisposable
{
    private const int KeyOffset = 4;
    private const int Ipv4KeyBytes = 12;
    private const int Ipv6KeyBytes = 36;

    private readonly NativeArray<FoeSlot> _slots;
    private readonly byte[] _image;
    private readonly uint[] _words = new uint[FoeMib.WordsMax];

    internal FoeInstance(MediaTekSettings settings)
    {
        Layout = FoeLayout.Of(settings.Soc);
        Table = new FoeTable(Layout, settings.EntryCount, settings.ReservedOfSoc);
        Engine = new PpeEmulator(Table, settings.TaggedPorts());
        _slots = new NativeArray<FoeSlot>(settings.EntryCount);
        _image = new byte[Layout.EntryBytes];
        HasMib = settings.HasMib;
        for (int index = 0; index < settings.EntryCount; index++)
            UsableCount += Table.IsReserved(index) ? 0 : 1;
    }

    internal FoeLayout Layout { get; }

    internal FoeTable Table { get; }

    internal PpeEmulator Engine { get; }

    internal bool HasMib { get; }

    internal int UsableCount { get; }

    /// <inheritdoc />
    public void Dispose()
    {
        Engine.Dispose();
        Table.Dispose();
        _slots.Dispose();
    }

    internal ref FoeSlot Slot(int index) => ref _slots[(uint)index];

    /// <summary>Binds an entry to a way of its bucket.</summary>
    /// <param name="entry">As the model has it.</param>
    /// <param name="body">As the engine has it.</param>
    /// <param name="index">The way, where the result is bound.</param>
    internal PpeResult Bind(in FoeEntry entry, in FoeBody body, out int index)
    {
        FoeCodec.Encode(Layout, body, _image);
        PpeResult result = FindPlace(FirstWay(body), out index);
        if (result != PpeResult.Bound) return result;
        if (HasMib) Engine.ReadMib(index, _words); // What is left of the entry that was there before goes to nobody.
        Slot(index) = new FoeSlot { Entry = entry, State = FoeSlotState.Bound, LinkBytes = EngineRewriter.LinkBytes(body.Ib1) };
        Table.Commit(index, _image);
        return PpeResult.Bound;
    }

    /// <summary>Takes an entry out, after its last counts. The engine's cache is the caller's to clear.</summary>
    internal void Unbind(int index)
    {
        ref FoeSlot slot = ref Slot(index);
        if (slot.State != FoeSlotState.Bound) return;
        _ = TakeCounts(ref slot, index);
        if (Owns(index, slot)) Table.Invalidate(index);
        slot.State = FoeSlotState.Unbound;
    }

    /// <summary>Reads what an entry forwarded.</summary>
    internal FoeCounters Read(int index, uint nowMs, out bool isBound)
    {
        ref FoeSlot slot = ref Slot(index);
        isBound = slot.State == FoeSlotState.Bound && Owns(index, slot);
        if (slot.State == FoeSlotState.Free) return default;

        // The stamp is the only sign of life without counters; with 8 bits it wraps after 256 s, so it is not asked where there are any.
        if (TakeCounts(ref slot, index) || !slot.IsSeen)
            slot.LastSeenMs = nowMs;
        else if (!HasMib && isBound)
            slot.LastSeenMs = nowMs - (uint)(EngineAges.IdleTicks(FoeIb1.Decode(Layout, Table.ReadIb1(index)), Layout, Engine.ClockTicks) * 1000);
        slot.IsSeen = true;
        return new FoeCounters(slot.Packets, slot.Bytes, slot.LastSeenMs);
    }

    /// <summary>Whether the table's entry is still the slot's: bound, with its key.</summary>
    internal bool Owns(int index, in FoeSlot slot)
    {
        if (Table.StateOf(index) != FoeState.Bind || FoeCodec.TryDecode(Layout, Table.Entry(index), out FoeBody body) != FoeDecodeStatus.Decoded) return false;
        bool isIpv6 = slot.Entry.Kind != FoeKind.IPv4Nat;
        return body.Type == (isIpv6 ? FoePacketType.Ipv6FiveTuple : FoePacketType.Ipv4Hnapt)
            && body.Src == (isIpv6 ? slot.Entry.SrcAddr.ToUInt128() : FlowEncoder.Ipv4(slot.Entry.SrcAddr))
            && body.Dst == (isIpv6 ? slot.Entry.DstAddr.ToUInt128() : FlowEncoder.Ipv4(slot.Entry.DstAddr))
            && body.SrcPort == FlowEncoder.Host(slot.Entry.SrcPortBe)
            && body.DstPort == FlowEncoder.Host(slot.Entry.DstPortBe)
            && body.Ib1.IsUdp == (slot.Entry.Protocol == Core.IpProtocol.Udp);
    }

    private int FirstWay(in FoeBody body)
    {
        uint keyWord = ((uint)body.SrcPort << 16) | body.DstPort;
        uint mixed = body.Type == FoePacketType.Ipv6FiveTuple
            ? FoeHash.Ipv6(body.Src, body.Dst, keyWord)
            : FoeHash.Ipv4((uint)body.Src, (uint)body.Dst, keyWord);
        return FoeHash.Index(mixed, Layout, Table.EntryCount);
    }

    // The engine takes the first way that matches: the learned entry of the key must not stay beside the bound one.
    private PpeResult FindPlace(int first, out int index)
    {
        index = EngineResult.NoIndex;
        int learned = EngineResult.NoIndex;
        for (int way = first; way < first + Layout.Ways; way++)
        {
            if (!HasKeyOfImage(way)) continue;
            if (Slot(way).State == FoeSlotState.Bound) return PpeResult.Duplicate;
            if (Slot(way).State == FoeSlotState.Unbound || learned != EngineResult.NoIndex)
                Table.Invalidate(way);
            else
                learned = way;
        }

        index = learned != EngineResult.NoIndex ? learned : FindUnmatched(first);
        return index == EngineResult.NoIndex ? PpeResult.BucketFull : PpeResult.Bound;
    }

    private int FindUnmatched(int first)
    {
        int oldest = EngineResult.NoIndex;
        int oldestTicks = -1;
        for (int way = first; way < first + Layout.Ways; way++)
        {
            var ib1 = FoeIb1.Decode(Layout, Table.ReadIb1(way));
            if (Slot(way).State != FoeSlotState.Free || ib1.IsStatic) continue;
            if (ib1.State == FoeState.Invalid) return way;
            int idleTicks = EngineAges.IdleTicks(ib1, Layout, Engine.ClockTicks);
            if (ib1.State != FoeState.Unbind || idleTicks <= oldestTicks) continue;
            oldest = way;
            oldestTicks = idleTicks;
        }

        return oldest;
    }

    private bool HasKeyOfImage(int index)
    {
        ReadOnlySpan<byte> entry = Table.Entry(index);
        var own = FoeIb1.Decode(Layout, Table.ReadIb1(index));
        var ib1 = FoeIb1.Decode(Layout, BinaryPrimitives.ReadUInt32LittleEndian(_image));
        if (own.State == FoeState.Invalid || own.PacketType != ib1.PacketType || own.IsUdp != ib1.IsUdp) return false;
        int keyBytes = (FoePacketType)ib1.PacketType == FoePacketType.Ipv4Hnapt ? Ipv4KeyBytes : Ipv6KeyBytes;
        return entry.Slice(KeyOffset, keyBytes).SequenceEqual(_image.AsSpan(KeyOffset, keyBytes));
    }

    private bool TakeCounts(ref FoeSlot slot, int index)
    {
        if (!HasMib) return false;
        Engine.ReadMib(index, _words);
        (ulong bytes, ulong packets) = FoeMib.Decode(Layout, _words);
        slot.Packets += packets;
        slot.Bytes += bytes - (packets * (ulong)slot.LinkBytes);
        return packets != 0;
    }
}
