using System.Buffers.Binary;

namespace Natflow.Offload.Flower;

/// <summary>One edit of a 32-bit word of a header. Mask and value in the order of bytes on the wire; the mask's bits are kept.</summary>
/// <param name="Header">1 Ethernet, 2 IPv4, 4 TCP, 5 UDP.</param>
/// <param name="IsAdd">Adds instead of setting.</param>
/// <param name="Offset">In the header, a multiple of 4.</param>
/// <param name="MaskBe">What is kept, big-endian.</param>
/// <param name="ValueBe">What is set or added, big-endian.</param>
internal readonly record struct PeditKey(ushort Header, bool IsAdd, uint Offset, uint MaskBe, uint ValueBe)
{
    internal const int CountMax = 9;
    internal const ushort Ethernet = 1;
    internal const ushort Ipv4 = 2;
    internal const ushort Tcp = 4;
    internal const ushort Udp = 5;

    private const uint KeepAll = 0;
    private const uint KeepHigh = 0xFFFF0000;
    private const uint KeepLow = 0x0000FFFF;
    private const uint TtlOffset = 8;
    private const uint KeepAllButTtl = 0x00FFFFFF;
    private const uint MinusOneTtl = 0xFF000000;

    /// <summary>The edits of a rule, cut into words exactly as drivers expect: they take the words literally.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="keys"><see cref="CountMax"/> long.</param>
    /// <returns>Number of edits.</returns>
    internal static int Make(in FlowerRule rule, Span<PeditKey> keys)
    {
        int count = 0;
        keys[count++] = new(Ethernet, IsAdd: false, 4, KeepHigh, (uint)(rule.SrcMac >> 32));
        keys[count++] = new(Ethernet, IsAdd: false, 8, KeepAll, (uint)rule.SrcMac);
        keys[count++] = new(Ethernet, IsAdd: false, 0, KeepAll, (uint)(rule.DstMac >> 16));
        keys[count++] = new(Ethernet, IsAdd: false, 4, KeepLow, (uint)rule.DstMac << 16);
        ushort transport = rule.Protocol == Core.IpProtocol.Udp ? Udp : Tcp;
        if (rule.ChangesSrc) keys[count++] = new(Ipv4, IsAdd: false, 12, KeepAll, rule.NewSrc);
        if (rule.ChangesDst) keys[count++] = new(Ipv4, IsAdd: false, 16, KeepAll, rule.NewDst);
        if (rule.ChangesSrcPort) keys[count++] = new(transport, IsAdd: false, 0, KeepLow, (uint)rule.NewSrcPort << 16);
        if (rule.ChangesDstPort) keys[count++] = new(transport, IsAdd: false, 0, KeepHigh, rule.NewDstPort);
        if (rule.DecrementTtl && !rule.IsIpv6) keys[count++] = new(Ipv4, IsAdd: true, TtlOffset, KeepAllButTtl, MinusOneTtl);
        return count;
    }

    /// <summary>Puts an edit into a rule that is read.</summary>
    /// <returns>False for an edit that no rule of ours has.</returns>
    internal readonly bool TryApply(ref FlowerRule rule)
    {
        switch (Header, IsAdd, Offset, MaskBe)
        {
            case (Ethernet, false, 4, KeepHigh):
                rule.SrcMac = (rule.SrcMac & uint.MaxValue) | ((ulong)(ushort)ValueBe << 32);
                return true;
            case (Ethernet, false, 8, KeepAll):
                rule.SrcMac = (rule.SrcMac & 0xFFFF00000000) | ValueBe;
                return true;
            case (Ethernet, false, 0, KeepAll):
                rule.DstMac = (rule.DstMac & 0xFFFF) | ((ulong)ValueBe << 16);
                return true;
            case (Ethernet, false, 4, KeepLow):
                rule.DstMac = (rule.DstMac & 0xFFFFFFFF0000) | (ValueBe >> 16);
                return true;
            case (Ipv4, false, 12, KeepAll):
                rule.NewSrc = ValueBe;
                return true;
            case (Ipv4, false, 16, KeepAll):
                rule.NewDst = ValueBe;
                return true;
            case (Tcp or Udp, false, 0, KeepLow):
                rule.NewSrcPort = (ushort)(ValueBe >> 16);
                return true;
            case (Tcp or Udp, false, 0, KeepHigh):
                rule.NewDstPort = (ushort)ValueBe;
                return true;
            case (Ipv4, true, TtlOffset, KeepAllButTtl) when ValueBe == MinusOneTtl:
                rule.DecrementTtl = true;
                return true;
            default:
                return false;
        }
    }

    /// <summary>Writes struct tc_pedit_key: 24 bytes.</summary>
    internal readonly void Write(Span<byte> bytes)
    {
        bytes.Clear();
        BinaryPrimitives.WriteUInt32BigEndian(bytes, MaskBe);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[4..], ValueBe);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes[8..], Offset);
    }

    /// <summary>Reads struct tc_pedit_key; header and command stand elsewhere.</summary>
    internal static PeditKey Read(ReadOnlySpan<byte> bytes, ushort header, bool isAdd) => new(
        header, isAdd, BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]), BinaryPrimitives.ReadUInt32BigEndian(bytes), BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]));
}
