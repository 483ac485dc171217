using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Packets.Link;

namespace Natflow.Offload.Flower;

/// <summary>Requests for rules, byte for byte as iproute2's <c>tc</c> writes them.</summary>
/// <remarks>Every rule is an exact 5-tuple with <c>skip_sw</c>: drivers ignore masks, so nothing else may be said.</remarks>
internal static class FlowerEncoder
{
    /// <summary>Longest request.</summary>
    internal const int RequestBytesMax = 1024;

    private const string FlowerKind = "flower";

    /// <summary>Adds the qdisc that holds ingress rules.</summary>
    internal static Span<byte> AddQdisc(Span<byte> buffer, int interfaceIndex)
    {
        const ushort flags = TcNumber.Request | TcNumber.Acknowledge | TcNumber.Exclusive | TcNumber.Create;
        var writer = new TcWriter(buffer, TcNumber.NewQdisc, flags, interfaceIndex, TcNumber.ClsactHandle, TcNumber.ClsactParent, 0);
        writer.Add(TcNumber.Kind, "clsact");
        return writer.Finish();
    }

    /// <summary>Adds a rule; one with its handle is an error.</summary>
    internal static Span<byte> Add(Span<byte> buffer, in FlowerRule rule)
    {
        const ushort flags = TcNumber.Request | TcNumber.Acknowledge | TcNumber.Exclusive | TcNumber.Create;
        TcWriter writer = Start(buffer, TcNumber.NewFilter, flags, rule);
        int options = writer.Begin(TcNumber.Options);
        WriteKeys(ref writer, rule);
        WriteActions(ref writer, rule);
        writer.Add(TcNumber.Flags, TcNumber.SkipSoftware);
        writer.AddBe(TcNumber.EtherType, ProtocolOf(rule));
        writer.End(options);
        return writer.Finish();
    }

    /// <summary>Deletes a rule, by interface, priority, handle and ethertype.</summary>
    internal static Span<byte> Delete(Span<byte> buffer, in FlowerRule rule) =>
        Name(buffer, TcNumber.DeleteFilter, TcNumber.Request | TcNumber.Acknowledge, rule);

    /// <summary>Deletes all rules of a priority and ethertype.</summary>
    internal static Span<byte> Flush(Span<byte> buffer, int interfaceIndex, ushort priority, ushort protocol)
    {
        uint info = ((uint)priority << 16) | BinaryPrimitives.ReverseEndianness(protocol);
        return new TcWriter(
            buffer, TcNumber.DeleteFilter, TcNumber.Request | TcNumber.Acknowledge, interfaceIndex, handle: 0, TcNumber.IngressParent, info).Finish();
    }

    /// <summary>Asks for a rule with its counters; answered by the rule, or by an error.</summary>
    internal static Span<byte> Get(Span<byte> buffer, in FlowerRule rule) =>
        Name(buffer, TcNumber.GetFilter, TcNumber.Request | TcNumber.Echo, rule);

    private static Span<byte> Name(Span<byte> buffer, ushort type, ushort flags, in FlowerRule rule)
    {
        TcWriter writer = Start(buffer, type, flags, rule);
        int options = writer.Begin(TcNumber.Options);
        writer.Add(TcNumber.Flags, 0u);
        writer.AddBe(TcNumber.EtherType, ProtocolOf(rule));
        writer.End(options);
        return writer.Finish();
    }

    private static TcWriter Start(Span<byte> buffer, ushort type, ushort flags, in FlowerRule rule)
    {
        uint protocol = BinaryPrimitives.ReverseEndianness(ProtocolOf(rule)); // Network order in the lower half.
        var writer = new TcWriter(
            buffer, type, flags, rule.InterfaceIndex, rule.Handle, TcNumber.IngressParent, ((uint)rule.Priority << 16) | protocol);
        writer.Add(TcNumber.Kind, FlowerKind);
        return writer;
    }

    private static ushort ProtocolOf(in FlowerRule rule)
    {
        if (rule.InVlan != 0) return EtherType.Vlan;
        return rule.IsIpv6 ? EtherType.Ipv6 : EtherType.Ipv4;
    }

    private static void WriteKeys(ref TcWriter writer, in FlowerRule rule)
    {
        writer.Add(TcNumber.InDevice, rule.InDevice ?? "");
        if (rule.InVlan != 0)
        {
            writer.Add(TcNumber.VlanId, rule.InVlan); // Host order, unlike every other key.
            writer.AddBe(TcNumber.VlanEtherType, rule.IsIpv6 ? EtherType.Ipv6 : EtherType.Ipv4);
        }

        writer.Add(TcNumber.IpProtocol, rule.Protocol);
        if (rule.IsIpv6)
        {
            writer.AddBe(TcNumber.Ipv6Src, rule.Src);
            writer.AddBe(TcNumber.Ipv6SrcMask, UInt128.MaxValue);
            writer.AddBe(TcNumber.Ipv6Dst, rule.Dst);
            writer.AddBe(TcNumber.Ipv6DstMask, UInt128.MaxValue);
        }
        else
        {
            writer.AddBe(TcNumber.Ipv4Src, (uint)rule.Src);
            writer.AddBe(TcNumber.Ipv4SrcMask, uint.MaxValue);
            writer.AddBe(TcNumber.Ipv4Dst, (uint)rule.Dst);
            writer.AddBe(TcNumber.Ipv4DstMask, uint.MaxValue);
        }

        bool isUdp = rule.Protocol == IpProtocol.Udp;
        writer.AddBe(isUdp ? TcNumber.UdpSrc : TcNumber.TcpSrc, rule.SrcPort);
        writer.AddBe(isUdp ? TcNumber.UdpDst : TcNumber.TcpDst, rule.DstPort);
    }

    private static void WriteActions(ref TcWriter writer, in FlowerRule rule)
    {
        ushort order = 1;
        int actions = writer.Begin(TcNumber.Actions);
        if (rule.InVlan != 0) WriteVlan(ref writer, order++, TcNumber.VlanPop, vlanId: 0);
        WritePedit(ref writer, order++, rule);
        uint checksums = ChecksumsOf(rule);
        if (checksums != 0) WriteCsum(ref writer, order++, checksums);
        if (rule.InnerOutVlan != 0) WriteVlan(ref writer, order++, TcNumber.VlanPush, rule.InnerOutVlan);
        if (rule.OutVlan != 0) WriteVlan(ref writer, order++, TcNumber.VlanPush, rule.OutVlan);
        WriteMirred(ref writer, order, rule);
        writer.End(actions);
    }

    private static uint ChecksumsOf(in FlowerRule rule)
    {
        if (rule.IsIpv6) return 0;
        if (!rule.ChangesL4) return rule.DecrementTtl ? TcNumber.CsumIpv4 : 0;
        return TcNumber.CsumIpv4 | (rule.Protocol == IpProtocol.Udp ? TcNumber.CsumUdp : TcNumber.CsumTcp);
    }

    private static int BeginAction(ref TcWriter writer, ushort order, string kind, out int options)
    {
        int action = writer.Begin(order);
        writer.Add(TcNumber.Kind, kind);
        options = writer.Begin(TcNumber.Options | TcNumber.Nested);
        return action;
    }

    private static void WritePedit(ref TcWriter writer, ushort order, in FlowerRule rule)
    {
        Span<PeditKey> keys = stackalloc PeditKey[PeditKey.CountMax];
        keys = keys[..PeditKey.Make(rule, keys)];
        int action = BeginAction(ref writer, order, "pedit", out int options);
        Span<byte> parameters = writer.Reserve(TcNumber.PeditParameters, TcNumber.PeditSelectorBytes + (keys.Length * TcNumber.PeditKeyBytes));
        BinaryPrimitives.WriteUInt32LittleEndian(parameters[8..], TcNumber.Pipe);
        parameters[20] = (byte)keys.Length;
        for (int i = 0; i < keys.Length; i++)
            keys[i].Write(parameters.Slice(TcNumber.PeditSelectorBytes + (i * TcNumber.PeditKeyBytes), TcNumber.PeditKeyBytes));

        int extended = writer.Begin(TcNumber.PeditKeys | TcNumber.Nested);
        foreach (PeditKey key in keys)
        {
            int one = writer.Begin(TcNumber.PeditKey | TcNumber.Nested);
            writer.Add(TcNumber.PeditHeader, key.Header);
            writer.Add(TcNumber.PeditCommand, (ushort)(key.IsAdd ? 1 : 0));
            writer.End(one);
        }

        writer.End(extended);
        writer.End(options);
        writer.End(action);
    }

    private static void WriteCsum(ref TcWriter writer, ushort order, uint checksums)
    {
        int action = BeginAction(ref writer, order, "csum", out int options);
        Span<byte> parameters = writer.Reserve(TcNumber.CsumParameters, 24);
        BinaryPrimitives.WriteUInt32LittleEndian(parameters[8..], TcNumber.Pipe);
        BinaryPrimitives.WriteUInt32LittleEndian(parameters[20..], checksums);
        writer.End(options);
        writer.End(action);
    }

    private static void WriteVlan(ref TcWriter writer, ushort order, uint what, ushort vlanId)
    {
        int action = BeginAction(ref writer, order, "vlan", out int options);
        Span<byte> parameters = writer.Reserve(TcNumber.VlanParameters, 24);
        BinaryPrimitives.WriteUInt32LittleEndian(parameters[8..], TcNumber.Pipe);
        BinaryPrimitives.WriteUInt32LittleEndian(parameters[20..], what);
        if (what == TcNumber.VlanPush)
        {
            writer.Add(TcNumber.VlanPushId, vlanId);
            writer.AddBe(TcNumber.VlanPushProtocol, EtherType.Vlan);
        }

        writer.End(options);
        writer.End(action);
    }

    private static void WriteMirred(ref TcWriter writer, ushort order, in FlowerRule rule)
    {
        int action = BeginAction(ref writer, order, "mirred", out int options);
        Span<byte> parameters = writer.Reserve(TcNumber.MirredParameters, 28);
        BinaryPrimitives.WriteUInt32LittleEndian(parameters[8..], TcNumber.Stolen);
        BinaryPrimitives.WriteUInt32LittleEndian(parameters[20..], TcNumber.MirredEgressRedirect);
        BinaryPrimitives.WriteInt32LittleEndian(parameters[24..], rule.OutInterfaceIndex);
        writer.End(options);
        if (rule.Cookie != 0) writer.Add(TcNumber.ActionCookie, rule.Cookie);
        writer.End(action);
    }
}
