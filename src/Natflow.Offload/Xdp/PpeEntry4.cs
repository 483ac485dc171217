using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Offload.Model;

namespace Natflow.Offload.Xdp;

/// <summary><c>struct ppe_entry4</c>: one cache line. Addresses and ports in network order.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
internal struct PpeEntry4 : IPpeSlot<PpeEntry4>
{
    internal const int SizeBytes = 64;

    internal uint SrcAddr;
    internal uint DstAddr;
    internal uint Ports;
    internal ushort Zone;
    internal byte Protocol;
    internal byte Flags;
    internal PpeLayout.Action Shared;
    internal uint NewSrcAddr;
    internal uint NewDstAddr;
    internal uint NewPorts;
    internal ushort L3Delta;
    internal ushort L4Delta;
    internal PpeLayout.Counts Counted;

    public static ref PpeLayout.Action Action(ref PpeEntry4 slot) => ref slot.Shared;

    public static ref PpeLayout.Counts Counts(ref PpeEntry4 slot) => ref slot.Counted;

    public static ulong Hash(ref readonly PpeLayout.HashKey key, ref readonly FoeEntry entry)
    {
        ulong sum = PpeHash.Tail(in key, PortsOf(entry.SrcPortBe, entry.DstPortBe), entry.Zone, entry.Protocol);
        return PpeHash.Finish(in key, sum + (key[0] * AddressOf(in entry.SrcAddr)) + (key[1] * AddressOf(in entry.DstAddr)));
    }

    public static bool HasKey(ref readonly PpeEntry4 slot, ref readonly FoeEntry entry) =>
        slot.SrcAddr == AddressOf(in entry.SrcAddr) && slot.DstAddr == AddressOf(in entry.DstAddr)
        && slot.Ports == PortsOf(entry.SrcPortBe, entry.DstPortBe) && slot.Zone == entry.Zone && slot.Protocol == entry.Protocol;

    public static void Encode(ref PpeEntry4 slot, ref readonly FoeEntry entry)
    {
        slot.SrcAddr = AddressOf(in entry.SrcAddr);
        slot.DstAddr = AddressOf(in entry.DstAddr);
        slot.Ports = PortsOf(entry.SrcPortBe, entry.DstPortBe);
        slot.Zone = entry.Zone;
        slot.Protocol = entry.Protocol;
        slot.Flags = entry.Side == Side.Wan ? PpeLayout.FlagWan : (byte)0;
        slot.NewSrcAddr = AddressOf(in entry.NewSrcAddr);
        slot.NewDstAddr = AddressOf(in entry.NewDstAddr);
        slot.NewPorts = PortsOf(entry.NewSrcPortBe, entry.NewDstPortBe);
        uint addresses = PpeChecksum.Away(in slot.SrcAddr) + PpeChecksum.Away(in slot.DstAddr)
            + PpeChecksum.Sum(in slot.NewSrcAddr) + PpeChecksum.Sum(in slot.NewDstAddr);
        slot.L3Delta = PpeChecksum.Fold(addresses + PpeChecksum.HopStep);
        slot.L4Delta = PpeChecksum.Fold(addresses + PpeChecksum.Away(in slot.Ports) + PpeChecksum.Sum(in slot.NewPorts));
    }

    public static void Decode(ref readonly PpeEntry4 slot, ref FoeEntry entry)
    {
        entry.SrcAddr = Mapped(slot.SrcAddr);
        entry.DstAddr = Mapped(slot.DstAddr);
        entry.NewSrcAddr = Mapped(slot.NewSrcAddr);
        entry.NewDstAddr = Mapped(slot.NewDstAddr);
        Split(slot.Ports, out entry.SrcPortBe, out entry.DstPortBe);
        Split(slot.NewPorts, out entry.NewSrcPortBe, out entry.NewDstPortBe);
        entry.Zone = slot.Zone;
        entry.Protocol = slot.Protocol;
        entry.Kind = FoeKind.IPv4Nat;
        entry.Side = (slot.Flags & PpeLayout.FlagWan) != 0 ? Side.Wan : Side.Lan;
    }

    /// <summary>Two ports as they lie in a packet.</summary>
    internal static uint PortsOf(ushort srcPortBe, ushort dstPortBe) =>
        BitConverter.IsLittleEndian ? srcPortBe | ((uint)dstPortBe << 16) : ((uint)srcPortBe << 16) | dstPortBe;

    /// <summary>The opposite of <see cref="PortsOf"/>.</summary>
    internal static void Split(uint ports, out ushort srcPortBe, out ushort dstPortBe)
    {
        srcPortBe = (ushort)(BitConverter.IsLittleEndian ? ports : ports >> 16);
        dstPortBe = (ushort)(BitConverter.IsLittleEndian ? ports >> 16 : ports);
    }

    // The last four bytes of the mapped form (RFC 4291 section 2.5.5.2).
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // One load.
    private static uint AddressOf(ref readonly Ipv6Address address) => (uint)(BitConverter.IsLittleEndian ? address.LowBe >> 32 : address.LowBe);

    private static Ipv6Address Mapped(uint addressBe) =>
        new(0, BitConverter.IsLittleEndian ? ((ulong)addressBe << 32) | 0xFFFF0000u : (0xFFFFul << 32) | addressBe);
}
