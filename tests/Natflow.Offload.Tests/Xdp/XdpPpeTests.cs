using System.Buffers.Binary;
using System.Net;
using Natflow.Bpf;
using Natflow.Core;
using Natflow.Flows.Users;
using Natflow.Offload.Model;
using Natflow.Offload.Xdp;
using Natflow.Packets.Build;
using Natflow.Testing.Namespaces;
using static Natflow.Offload.Tests.Xdp.PpeFlows;

namespace Natflow.Offload.Tests.Xdp;

/// <summary>Packet in, packet out, run by the kernel. What is expected is built from scratch, so each checksum is computed anew.</summary>
public sealed class XdpPpeTests
{
    [NamespaceTheory]
    [InlineData(false, true)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Snat_Packet_IsRewrittenAndCounted(bool isTcp, bool hasChecksum)
    {
        using var rig = new PpeRig();
        FoeHandle handle = rig.Bind(Snat(isTcp));
        byte[] payload = [1, 2, 3, 4, 5, 6, 7];
        (int verdict, byte[] frame) = rig.Run(L4(To(Client, Server), 40000, 443, isTcp, hasChecksum, payload));
        Assert.Equal(PpeRig.XdpRedirect, verdict);
        Assert.Equal(L4(From(Public, Server), 51000, 443, isTcp, hasChecksum, payload), frame);
        FoeCounters counters = rig.Counters(handle, out bool isBound);
        Assert.True(isBound);
        Assert.Equal((1ul, (ulong)(frame.Length - 14)), (counters.Packets, counters.Bytes));
        Assert.Equal(1ul, rig.Ppe.Read(PpeCounter.Forwarded));
        Assert.InRange(1_000_000u - counters.LastSeenMs, 0u, 60_000u);
    }

    [NamespaceFact]
    public void Dnat_FromWan_IsRewritten()
    {
        using var rig = new PpeRig();
        FoeEntry entry = Entry(Server, 443, Public, 51000, Server, 443, Client, 40000, 17);
        entry.Zone = 0;
        entry.Side = Side.Wan;
        _ = rig.Bind(entry);
        (int verdict, byte[] frame) = rig.Run(L4(To(Server, Public), 443, 51000, false), fromLan: false);
        Assert.Equal(PpeRig.XdpRedirect, verdict);
        Assert.Equal(L4(From(Server, Client), 443, 40000, false), frame);
        Assert.Equal(PpeRig.XdpPass, rig.Run(L4(To(Server, Public), 443, 51000, false)).Verdict); // Another zone is another key.
    }

    [NamespaceFact]
    public void Hairpin_BothEnds_AreRewritten()
    {
        using var rig = new PpeRig();
        _ = rig.Bind(Entry(Client, 40000, Public, 8080, Public, 51000, Client + 1, 80, 6));
        Assert.Equal(L4(From(Public, Client + 1), 51000, 80, true), rig.Run(L4(To(Client, Public), 40000, 8080, true)).Frame);
    }

    [NamespaceTheory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void LinkHeaders_EachKind_InAndOut(int outKind)
    {
        using var rig = new PpeRig();
        FoeEntry entry = Snat(isTcp: true);
        entry.LinkIndex = 2;
        rig.Link(2, LinkHeader(outKind), isPppoe: outKind >= 3);
        _ = rig.Bind(entry);
        for (int inKind = 0; inKind < 5; inKind++)
        {
            byte[] frame = L4(Under(inKind, PpeRig.GatewayMac, 0x02_00_00_00_00_05).Ipv4(Client, Server), 40000, 443, true, true, [9, 9, 9]);
            (int verdict, byte[] result) = rig.Run(frame);
            Assert.Equal(PpeRig.XdpRedirect, verdict);
            byte[] expected = L4(Under(outKind, PpeRig.NextMac, PpeRig.GatewayMac).Ipv4(Public, Server, ttl: 63), 51000, 443, true, true, [9, 9, 9]);
            Assert.Equal(expected, result);
        }
    }

    [NamespaceTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void Ipv6_RouteAndNat_AreForwarded(bool isNat)
    {
        using var rig = new PpeRig();
        byte[] source = IPAddress.Parse("2001:db8:1::10").GetAddressBytes();
        byte[] outside = IPAddress.Parse("2001:db8:77::10").GetAddressBytes();
        byte[] server = IPAddress.Parse("2001:db8:ffff::80").GetAddressBytes();
        byte[] left = isNat ? outside : source;
        FoeEntry entry = Snat(isTcp: true);
        entry.Kind = isNat ? FoeKind.IPv6Nat : FoeKind.IPv6Route;
        (entry.SrcAddr, entry.DstAddr, entry.NewSrcAddr, entry.NewDstAddr) =
            (Ipv6Address.Read(source), Ipv6Address.Read(server), Ipv6Address.Read(left), Ipv6Address.Read(server));
        if (!isNat)
            (entry.NewSrcPortBe, entry.NewDstPortBe) = (entry.SrcPortBe, entry.DstPortBe);
        FoeHandle handle = rig.Bind(entry);
        byte[] expected = L4(
            PacketBuilder.Ethernet(PpeRig.NextMac, PpeRig.GatewayMac).Ipv6(left, server, hopLimit: 63), isNat ? (ushort)51000 : (ushort)40000, 443, true);
        Assert.Equal(expected, rig.Run(L4(PacketBuilder.Ethernet().Ipv6(source, server), 40000, 443, true)).Frame);
        Assert.Equal(1ul, rig.Counters(handle, out _).Packets);
        Assert.True(rig.Ppe.TryRead(handle, out FoeEntry read));
        Assert.Equal((entry.SrcAddr, entry.NewSrcAddr, entry.Kind, entry.Cookie), (read.SrcAddr, read.NewSrcAddr, read.Kind, read.Cookie));
        Assert.Equal(PpeRig.XdpPass, rig.Run(L4(PacketBuilder.Ethernet().Ipv6(source, server, hopLimit: 1), 40000, 443, true)).Verdict);
    }

    [NamespaceTheory]
    [MemberData(nameof(PpeFlows.Punted), MemberType = typeof(PpeFlows))]
    public void Punt_WhatAnEntryDoesNotDescribe_IsLeftAsItWas(string name, byte[] frame, PpeCounter counter)
    {
        using var rig = new PpeRig();
        _ = rig.Bind(Snat(isTcp: true));
        (int verdict, byte[] result) = rig.Run(frame);
        Assert.True(verdict == PpeRig.XdpPass, name);
        Assert.Equal(frame, result);
        Assert.NotEqual(0ul, rig.Ppe.Read(counter)); // The kernel of a peer may send frames of its own.
    }

    [NamespaceFact]
    public void Generations_OneStore_MakesEntriesVoid()
    {
        using var rig = new PpeRig();
        FoeHandle handle = rig.Bind(Snat(isTcp: true));
        byte[] frame = L4(To(Client, Server), 40000, 443, true);
        Assert.Equal(PpeRig.XdpRedirect, rig.Run(frame).Verdict);

        rig.Link(1, PpeRig.Ethernet(PpeRig.NextMac, PpeRig.GatewayMac), generation: PpeRig.LinkGeneration + 1);
        Assert.Equal(PpeRig.XdpPass, rig.Run(frame).Verdict);
        Assert.Equal(1ul, rig.Ppe.Read(PpeCounter.PuntLink));
        rig.Link(1, PpeRig.Ethernet(PpeRig.NextMac, PpeRig.GatewayMac));

        rig.Ppe.Policies[PpeRig.Policy].Generation++;
        Assert.Equal(PpeRig.XdpPass, rig.Run(frame).Verdict);
        Assert.Equal(1ul, rig.Ppe.Read(PpeCounter.PuntPolicy));
        rig.Ppe.Policies[PpeRig.Policy].Generation--;

        rig.Ppe.Policies[PpeRig.Policy].Verdict = Verdict.Drop;
        Assert.Equal(PpeRig.XdpDrop, rig.Run(frame).Verdict);
        Assert.Equal(1ul, rig.Ppe.Read(PpeCounter.DropPolicy));
        rig.Ppe.Policies[PpeRig.Policy].Verdict = Verdict.Forward;

        rig.Ppe.SetShardDeadline(9, 1);
        Assert.Equal(PpeRig.XdpDrop, rig.Run(frame).Verdict);
        Assert.Equal(1ul, rig.Ppe.Read(PpeCounter.DropShard));
        rig.Ppe.SetShardDeadline(9, 0);

        rig.Ppe.InvalidateAll();
        Assert.Equal(PpeRig.XdpPass, rig.Run(frame).Verdict);
        Assert.Equal(1ul, rig.Ppe.Read(PpeCounter.PuntGeneration));
        Assert.Equal(1ul, rig.Counters(handle, out _).Packets);
    }

    [NamespaceFact]
    public void Mtu_LargerPacket_IsPunted()
    {
        using var rig = new PpeRig();
        rig.Link(1, PpeRig.Ethernet(PpeRig.NextMac, PpeRig.GatewayMac), mtuBytes: 100);
        _ = rig.Bind(Snat(isTcp: false));
        Assert.Equal(PpeRig.XdpRedirect, rig.Run(L4(To(Client, Server), 40000, 443, false, true, new byte[72])).Verdict);
        Assert.Equal(PpeRig.XdpPass, rig.Run(L4(To(Client, Server), 40000, 443, false, true, new byte[73])).Verdict);
        Assert.Equal(1ul, rig.Ppe.Read(PpeCounter.PuntMtu));
    }

    [NamespaceFact]
    public void Meter_BeyondTheBurst_DropsAndCounts()
    {
        using var rig = new PpeRig();
        _ = rig.Bind(Snat(isTcp: false));
        byte[] frame = L4(To(Client, Server), 40000, 443, false);
        ref PolicyRecord policy = ref rig.Ppe.Policies[PpeRig.Policy];
        policy.Flags = PolicyFlags.MeterUp;
        policy.UpNanosecondsPerByteQ20 = 1000ul << PolicyRecord.CostFractionBits;
        policy.UpBurstMicroseconds = 1_000_000_000;
        Assert.Equal(PpeRig.XdpRedirect, rig.Run(frame).Verdict);
        ulong due = policy.UpDueNs;
        Assert.NotEqual(0ul, due);

        policy.UpDueNs = due + 500_000_000_000; // Ahead of the clock, within the burst: the next due time follows from it exactly.
        Assert.Equal(PpeRig.XdpRedirect, rig.Run(frame).Verdict);
        Assert.Equal(due + 500_000_000_000 + (1000ul * (ulong)(frame.Length - 14)), policy.UpDueNs);

        policy.UpBurstMicroseconds = 1_000;
        Assert.Equal(PpeRig.XdpDrop, rig.Run(frame).Verdict);
        Assert.Equal((1u, 0u), (policy.UpDropped, policy.DownDropped));
        Assert.Equal(1ul, rig.Ppe.Read(PpeCounter.DropMeterUp));

        policy.Flags = PolicyFlags.MeterDown; // The other direction's meter is no concern of an upload.
        Assert.Equal(PpeRig.XdpRedirect, rig.Run(frame).Verdict);
        Assert.Equal(0ul, policy.DownDueNs);
    }

    [NamespaceFact]
    public void Dscp_WherePolicySaysSo_IsWritten()
    {
        using var rig = new PpeRig();
        _ = rig.Bind(Snat(isTcp: true));
        ref PolicyRecord policy = ref rig.Ppe.Policies[PpeRig.Policy];
        policy.Flags = PolicyFlags.SetDscp;
        policy.Dscp = 46;
        byte[] frame = rig.Run(L4(To(Client, Server), 40000, 443, true)).Frame;
        Assert.Equal(46 << 2, frame[15]);
        Assert.Equal(0xFFFF, PpeFlows.OnesSum(frame.AsSpan(14, 20)));
    }

    [NamespaceFact]
    public void PartialChecksum_WhereLookedFor_IsPunted()
    {
        using var rig = new PpeRig(checksPartial: true);
        _ = rig.Bind(Snat(isTcp: true));
        byte[] frame = L4(To(Client, Server), 40000, 443, true, true, [1, 2, 3]);
        Assert.Equal(PpeRig.XdpRedirect, rig.Run(frame).Verdict);
        int sum = PpeFlows.OnesSum(frame.AsSpan(26, 8), 6 + (frame.Length - 34));
        (frame[50], frame[51]) = ((byte)(sum >> 8), (byte)sum);
        Assert.Equal(PpeRig.XdpPass, rig.Run(frame).Verdict);
        Assert.Equal(1ul, rig.Ppe.Read(PpeCounter.PuntChecksum));
    }

    [NamespaceTheory]
    [InlineData(true, 2)]
    [InlineData(true, 3)]
    [InlineData(true, 4)]
    [InlineData(false, 65)]
    [InlineData(true, 1460)]
    public void Checksum_ThatIsRightAndLooksPartial_IsNotPunted(bool isTcp, int payloadBytes)
    {
        using var rig = new PpeRig(checksPartial: true);
        _ = rig.Bind(Snat(isTcp));
        int checkAt = isTcp ? 50 : 40;
        byte[] payload = new byte[payloadBytes];
        new Random(payloadBytes).NextBytes(payload);
        (payload[0], payload[1]) = (0, 0);
        byte[] frame = L4(To(Client, Server), 40000, 443, isTcp, true, payload);
        int pseudo = PpeFlows.OnesSum(frame.AsSpan(26, 8), (isTcp ? 6 : 17) + (frame.Length - 34));
        int rest = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(checkAt)) + (~pseudo & 0xFFFF);
        BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)((rest & 0xFFFF) + (rest >> 16)));
        frame = L4(To(Client, Server), 40000, 443, isTcp, true, payload);
        Assert.Equal(pseudo, BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(checkAt)));

        Assert.Equal(PpeRig.XdpRedirect, rig.Run(frame).Verdict);
        frame[^1] ^= 1;
        Assert.Equal(PpeRig.XdpPass, rig.Run(frame).Verdict); // Left to hardware: as it stands it is wrong.
        Assert.Equal(1ul, rig.Ppe.Read(PpeCounter.PuntChecksum));
    }

    [NamespaceFact]
    public void Counters_BeyondWhatTheWordHolds_GoOn()
    {
        using var rig = new PpeRig();
        FoeHandle handle = rig.Bind(Snat(isTcp: true));
        BpfMap entries = rig.Ppe.Program.Map("ppe_entries4");
        var entry = new PpeEntry4[1];
        Assert.True(entries.TryRead(handle.Value - 1, entry.AsSpan()));
        const ulong packets = (1UL << 28) - 2;
        const ulong bytes = (1UL << PpeLayout.PacketShift) - 10;
        entry[0].Counted.Traffic = (packets << PpeLayout.PacketShift) + bytes;
        entries.Write(handle.Value - 1, entry[0]);
        Assert.Equal(packets, rig.Counters(handle, out _).Packets);

        byte[] frame = L4(To(Client, Server), 40000, 443, true);
        for (int i = 0; i < 4; i++)
            Assert.Equal(PpeRig.XdpRedirect, rig.Run(frame).Verdict);
        FoeCounters counters = rig.Counters(handle, out _);
        Assert.Equal((packets + 4, bytes + (4UL * (ulong)(frame.Length - 14))), (counters.Packets, counters.Bytes));
    }

    [NamespaceFact]
    public void Unbind_NextPacket_IsPuntedAndThePlaceIsFreeAfterRelease()
    {
        using var rig = new PpeRig();
        FoeEntry entry = Snat(isTcp: true);
        FoeHandle handle = rig.Bind(entry);
        byte[] frame = L4(To(Client, Server), 40000, 443, true);
        _ = rig.Run(frame);
        rig.Ppe.Unbind([handle]);
        Assert.Equal(PpeRig.XdpPass, rig.Run(frame).Verdict);
        Assert.Equal(1ul, rig.Counters(handle, out bool isBound).Packets);
        Assert.False(isBound);
        FoeHandle second = rig.Bind(entry); // The key is free at once, its old place is not.
        Assert.NotEqual(handle, second);
        rig.Ppe.Release([handle]);
        Assert.False(rig.Ppe.TryRead(handle, out _));
        Assert.Equal(1, rig.Ppe.CountEntries);
        Assert.Equal(PpeRig.XdpRedirect, rig.Run(frame).Verdict);
        Assert.Equal(1ul, rig.Counters(second, out _).Packets);
    }
}
