using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Offload.Model;

namespace Natflow.Offload.Xdp;

/// <summary><c>struct ppe_entry6</c>: two cache lines. Addresses and ports in network order.</summary>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
internal struct PpeEntry6 : IPpeSlot<PpeEntry6>
{
    internal const int SizeBytes = 128;

    [FieldOffset(0)]
    internal Ipv6Address SrcAddr;

    [FieldOffset(16)]
    internal Ipv6Address DstAddr;

    [FieldOffset(32)]
    internal uint Ports;

    [FieldOffset(36)]
    internal ushort Zone;

    [FieldOffset(38)]
    internal byte Protocol;

    [FieldOffset(39)]
    internal byte Flags;

    [FieldOffset(40)]
    internal PpeLayout.Action Shared;

    [FieldOffset(56)]
    internal uint NewPorts;

    [FieldOffset(60)]
    internal ushort L4Delta;

    [FieldOffset(64)]
    internal Ipv6Address NewSrcAddr;

    [FieldOffset(80)]
    internal Ipv6Address NewDstAddr;

    [FieldOffset(96)]
    internal PpeLayout.Counts Counted;

    public static ref PpeLayout.Action Action(ref PpeEntry6 slot) => ref slot.Shared;

    public static ref PpeLayout.Counts Counts(ref PpeEntry6 slot) => ref slot.Counted;

    public static ulong Hash(ref readonly PpeLayout.HashKey key, ref readonly FoeEntry entry)
    {
        ulong sum = PpeHash.Tail(in key, PpeEntry4.PortsOf(entry.SrcPortBe, entry.DstPortBe), entry.Zone, entry.Protocol);
        ReadOnlySpan<uint> src = MemoryMarshal.Cast<Ipv6Address, uint>(new ReadOnlySpan<Ipv6Address>(in entry.SrcAddr));
        ReadOnlySpan<uint> dst = MemoryMarshal.Cast<Ipv6Address, uint>(new ReadOnlySpan<Ipv6Address>(in entry.DstAddr));
        for (int i = 0; i < src.Length; i++)
            sum += (key[i] * src[i]) + (key[i + src.Length] * dst[i]);
        return PpeHash.Finish(in key, sum);
    }

    public static bool HasKey(ref readonly PpeEntry6 slot, ref readonly FoeEntry entry) =>
        slot.SrcAddr.Equals(entry.SrcAddr) && slot.DstAddr.Equals(entry.DstAddr)
        && slot.Ports == PpeEntry4.PortsOf(entry.SrcPortBe, entry.DstPortBe) && slot.Zone == entry.Zone && slot.Protocol == entry.Protocol;

    public static void Encode(ref PpeEntry6 slot, ref readonly FoeEntry entry)
    {
        slot.SrcAddr = entry.SrcAddr;
        slot.DstAddr = entry.DstAddr;
        slot.Ports = PpeEntry4.PortsOf(entry.SrcPortBe, entry.DstPortBe);
        slot.Zone = entry.Zone;
        slot.Protocol = entry.Protocol;
        slot.NewSrcAddr = entry.NewSrcAddr;
        slot.NewDstAddr = entry.NewDstAddr;
        slot.NewPorts = PpeEntry4.PortsOf(entry.NewSrcPortBe, entry.NewDstPortBe);
        slot.Flags = (byte)((entry.Side == Side.Wan ? PpeLayout.FlagWan : 0) | (entry.Kind == FoeKind.IPv6Nat ? PpeLayout.FlagNat6 : 0));
        slot.L4Delta = PpeChecksum.Fold(
            PpeChecksum.Away(in slot.SrcAddr) + PpeChecksum.Away(in slot.DstAddr) + PpeChecksum.Away(in slot.Ports)
            + PpeChecksum.Sum(in slot.NewSrcAddr) + PpeChecksum.Sum(in slot.NewDstAddr) + PpeChecksum.Sum(in slot.NewPorts));
    }

    public static void Decode(ref readonly PpeEntry6 slot, ref FoeEntry entry)
    {
        entry.SrcAddr = slot.SrcAddr;
        entry.DstAddr = slot.DstAddr;
        entry.NewSrcAddr = slot.NewSrcAddr;
        entry.NewDstAddr = slot.NewDstAddr;
        PpeEntry4.Split(slot.Ports, out entry.SrcPortBe, out entry.DstPortBe);
        PpeEntry4.Split(slot.NewPorts, out entry.NewSrcPortBe, out entry.NewDstPortBe);
        entry.Zone = slot.Zone;
        entry.Protocol = slot.Protocol;
        entry.Kind = (slot.Flags & PpeLayout.FlagNat6) != 0 ? FoeKind.IPv6Nat : FoeKind.IPv6Route;
        entry.Side = (slot.Flags & PpeLayout.FlagWan) != 0 ? Side.Wan : Side.Lan;
    }
}
