using System.Buffers.Binary;
using System.Net;
using Natflow.Core;
using Natflow.Flows.Users;
using Natflow.Offload.Model;
using Natflow.Offload.Xdp;
using Natflow.Packets.Build;
using Natflow.Testing;
using Natflow.Testing.Namespaces;
using static Natflow.Offload.Tests.Xdp.PpeFlows;

namespace Natflow.Offload.Tests.Xdp;

/// <summary>The soft PPE at tc's ingress, on real interfaces: what it sends, what the port's sockets see, what the kernel keeps.</summary>
public sealed class PpeAtTcTests : IDisposable
{
    private const int Frames = 300;
    private const int LevelSocket = 1;
    private const int AttachProgram = 50; // SO_ATTACH_BPF
    private const int LevelPacket = 263;
    private const int SegmentationHeader = 15; // PACKET_VNET_HDR

    private static readonly byte[] InsideV6 = IPAddress.Parse("2001:db8:1::10").GetAddressBytes();
    private static readonly byte[] OutsideV6 = IPAddress.Parse("2001:db8:77::10").GetAddressBytes();
    private static readonly byte[] ServerV6 = IPAddress.Parse("2001:db8:ffff::80").GetAddressBytes();

    private readonly PpeRig? _rig;
    private readonly RawLink? _host;
    private readonly RawLink? _provider;
    private readonly RawLink? _tap;

    public PpeAtTcTests()
    {
        if (NamespaceSupport.SkipReason is not null)
            return;
        _rig = new PpeRig(PpeRig.Settings with { Hook = PpeHook.Tc });
        _host = new RawLink(_rig.Lan, "lan0");
        _provider = new RawLink(_rig.Wan, "wan0");
        _tap = new RawLink(_rig.Gateway, "lan");
        _tap.SetOption(LevelSocket, AttachProgram, _rig.Ppe.Ports.TapFd);
    }

    private PpeRig Rig => _rig!;

    [NamespaceTheory]
    [InlineData(20261128)]
    [InlineData(7)]
    public void Frames_OfBoundFlows_LeaveAsAtXdp(int seed)
    {
        var prng = new Prng(seed);
        FoeHandle[] handles = [Rig.Bind(Snat(isTcp: true)), Rig.Bind(Snat(isTcp: false)), Rig.Bind(V6(isNat: true)), Rig.Bind(V6(isNat: false))];
        Rig.Ppe.Policies[PpeRig.Policy].Flags = PolicyFlags.SetDscp;
        Rig.Ppe.Policies[PpeRig.Policy].Dscp = (byte)prng.Next(64);
        ulong bytes = 0;
        for (int i = 0; i < Frames; i++)
        {
            byte[] frame = NextFrame(prng);
            byte[] expected = Rig.Run(frame).Frame;
            bytes += 2 * (ulong)(frame.Length - 14);
            _host!.Send(frame);
            Assert.Equal(expected, Assert.Single(_provider!.Receive(1, IsForwarded)));
        }

        Assert.Equal((2UL * Frames, bytes), (Sum(handles, static counters => counters.Packets), Sum(handles, static counters => counters.Bytes)));
        Assert.Null(TryTap());
    }

    [NamespaceTheory]
    [MemberData(nameof(PpeFlows.Punted), MemberType = typeof(PpeFlows))]
    public void Punt_WhatAnEntryDoesNotDescribe_IsTheSocketsAsItWas(string name, byte[] frame, PpeCounter counter)
    {
        _ = Rig.Bind(Snat(isTcp: true));
        _host!.Send(frame);
        Assert.True(_tap!.Receive(1, seen => seen.AsSpan().SequenceEqual(frame)).Count == 1, name);
        Assert.NotEqual(0ul, Rig.Ppe.Read(counter));
        Assert.Equal(0ul, Rig.Ppe.Read(PpeCounter.Forwarded));
    }

    [NamespaceFact]
    public void Tag_BesideTheFrame_IsTheSockets()
    {
        _ = Rig.Bind(Snat(isTcp: true));
        _host!.Send(L4(PacketBuilder.Ethernet().Vlan(5).Ipv4(Client, Server), 40000, 443, true));
        _ = Assert.Single(_tap!.Receive(1, IsFromClient));
        Assert.Equal(0ul, Rig.Ppe.Read(PpeCounter.Forwarded));
    }

    [NamespaceFact]
    public void Unbound_NextPacket_IsTheSockets()
    {
        FoeHandle handle = Rig.Bind(Snat(isTcp: true));
        byte[] frame = L4(To(Client, Server), 40000, 443, true);
        _host!.Send(frame);
        _ = Assert.Single(_provider!.Receive(1, IsForwarded));
        Rig.Ppe.Unbind([handle]);
        _host.Send(frame);
        Assert.Equal(frame, Assert.Single(_tap!.Receive(1, IsFromClient)));
    }

    [NamespaceFact]
    public void WayOut_ThatIsRemoved_PacketsAreTheSockets()
    {
        _ = Rig.Bind(Snat(isTcp: true));
        Rig.Ppe.Ports.Remove(1);
        _host!.Send(L4(To(Client, Server), 40000, 443, true));
        _ = Assert.Single(_tap!.Receive(1, IsFromClient));
        Assert.Equal(1ul, Rig.Ppe.Read(PpeCounter.PuntLink));
    }

    [NamespaceFact]
    public void Drop_ByPolicy_IsNobodys()
    {
        _ = Rig.Bind(Snat(isTcp: true));
        Rig.Ppe.Policies[PpeRig.Policy].Verdict = Verdict.Drop;
        _host!.Send(L4(To(Client, Server), 40000, 443, true));
        _host.Send(L4(To(Client, Server), 40001, 443, true)); // No entry: behind the first, the sockets see this one.
        byte[] seen = Assert.Single(_tap!.Receive(1, IsFromClient));
        Assert.Equal(40001, BinaryPrimitives.ReadUInt16BigEndian(seen.AsSpan(34)));
        Assert.Equal(1ul, Rig.Ppe.Read(PpeCounter.DropPolicy));
    }

    [NamespaceFact]
    public void NoSocketListens_NothingIsForwarded()
    {
        _ = Rig.Bind(Snat(isTcp: true));
        byte[] frame = L4(To(Client, Server), 40000, 443, true);
        _host!.Send(frame);
        _ = Assert.Single(_provider!.Receive(1, IsForwarded));
        _tap!.Dispose();
        using var plain = new RawLink(Rig.Gateway, "lan");
        _host.Send(frame); // What was noted of the first is not for this one.
        _ = Assert.Single(plain.Receive(1, IsFromClient));
        Assert.Equal(1ul, Rig.Ppe.Read(PpeCounter.Forwarded));
    }

    [NamespaceTheory]
    [InlineData(false, 1000, 20_000)]
    [InlineData(false, 1448, 1449)]
    [InlineData(true, 1000, 20_000)]
    public void JoinedSegments_GoTogether_AndEachCounts(bool isIpv6, int segmentBytes, int payloadBytes)
    {
        FoeHandle handle = Rig.Bind(isIpv6 ? V6(isNat: true) : Snat(isTcp: true));
        byte[] payload = new byte[payloadBytes];
        new Prng(5).NextBytes(payload);
        byte[] frame = L4(isIpv6 ? PacketBuilder.Ethernet().Ipv6(InsideV6, ServerV6) : To(Client, Server), 40000, 443, true, true, payload);
        byte[] expected = L4(isIpv6 ? FromV6(63) : From(Public, Server), 51000, 443, true, true, payload);
        int l4Offset = isIpv6 ? 54 : 34;
        LeaveChecksum(frame, l4Offset);
        LeaveChecksum(expected, l4Offset);

        SendJoined(frame, segmentBytes, l4Offset, isIpv6);

        Assert.Equal(expected, Assert.Single(_provider!.Receive(1, IsForwarded)));
        ulong segments = (ulong)((payloadBytes + segmentBytes - 1) / segmentBytes);
        FoeCounters counters = Rig.Counters(handle, out _);
        Assert.Equal((segments, (ulong)payloadBytes + (segments * (ulong)(l4Offset - 14 + 20))), (counters.Packets, counters.Bytes));
    }

    [NamespaceFact]
    public void JoinedSegments_BeyondTheMtu_AreTheSockets()
    {
        _ = Rig.Bind(Snat(isTcp: true));
        Rig.Link(1, PpeRig.Ethernet(PpeRig.NextMac, PpeRig.GatewayMac), mtuBytes: 1039);
        byte[] frame = L4(To(Client, Server), 40000, 443, true, true, new byte[5000]);
        LeaveChecksum(frame, 34);
        SendJoined(frame, 1000, 34, isIpv6: false);
        _ = Assert.Single(_tap!.Receive(1, IsFromClient));
        Assert.Equal(1ul, Rig.Ppe.Read(PpeCounter.PuntMtu));
        Rig.Link(1, PpeRig.Ethernet(PpeRig.NextMac, PpeRig.GatewayMac), mtuBytes: 1040);
        SendJoined(frame, 1000, 34, isIpv6: false);
        _ = Assert.Single(_provider!.Receive(1, IsForwarded));
    }

    [NamespaceFact]
    public void JoinedSegments_ArePaidForOneByOne()
    {
        _ = Rig.Bind(Snat(isTcp: true));
        ref PolicyRecord policy = ref Rig.Ppe.Policies[PpeRig.Policy];
        policy.Flags = PolicyFlags.MeterUp;
        policy.UpNanosecondsPerByteQ20 = 1000ul << PolicyRecord.CostFractionBits;
        policy.UpBurstMicroseconds = 2_000_000_000;
        policy.UpDueNs = (ulong)(TimeProvider.System.GetTimestamp() + 500_000_000_000L); // Ahead of the clock: the next due time follows from it exactly.
        ulong due = policy.UpDueNs;
        byte[] frame = L4(To(Client, Server), 40000, 443, true, true, new byte[5000]);
        LeaveChecksum(frame, 34);
        SendJoined(frame, 1000, 34, isIpv6: false);
        _ = Assert.Single(_provider!.Receive(1, IsForwarded));
        Assert.Equal(1000ul * (5000 + (5 * 40)), policy.UpDueNs - due);

        policy.UpBurstMicroseconds = 1_000;
        SendJoined(frame, 1000, 34, isIpv6: false);
        Assert.True(Patience.Until(() => Rig.Ppe.Read(PpeCounter.DropMeterUp) == 1));
    }

    public void Dispose()
    {
        _host?.Dispose();
        _provider?.Dispose();
        _tap?.Dispose();
        _rig?.Dispose();
    }

    private static bool IsForwarded(byte[] frame) => BinaryPrimitives.ReadUInt64BigEndian(frame) >> 16 == PpeRig.NextMac;

    private static bool IsFromClient(byte[] frame) => frame.Length > 34 && BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(26)) == Client;

    private static PacketBuilder FromV6(byte hopLimit) => PacketBuilder.Ethernet(PpeRig.NextMac, PpeRig.GatewayMac).Ipv6(OutsideV6, ServerV6, hopLimit);

    private static FoeEntry V6(bool isNat)
    {
        FoeEntry entry = Snat(isTcp: isNat);
        entry.Kind = isNat ? FoeKind.IPv6Nat : FoeKind.IPv6Route;
        (entry.SrcAddr, entry.DstAddr, entry.NewSrcAddr, entry.NewDstAddr) =
            (Ipv6Address.Read(InsideV6), Ipv6Address.Read(ServerV6), Ipv6Address.Read(isNat ? OutsideV6 : InsideV6), Ipv6Address.Read(ServerV6));
        if (!isNat)
            (entry.NewSrcPortBe, entry.NewDstPortBe) = (entry.SrcPortBe, entry.DstPortBe);
        return entry;
    }

    // TCP of IPv6 is translated, UDP routed.
    private static byte[] NextFrame(Prng prng)
    {
        bool isTcp = prng.Next(2) == 0;
        byte ttl = (byte)(2 + prng.Next(254));
        PacketBuilder ip = prng.Next(2) == 0 ? PacketBuilder.Ethernet().Ipv4(Client, Server, ttl: ttl) : PacketBuilder.Ethernet().Ipv6(InsideV6, ServerV6, ttl);
        byte[] payload = new byte[prng.Next(1400)];
        prng.NextBytes(payload);
        return L4(ip, 40000, 443, isTcp, hasChecksum: isTcp || prng.Next(4) != 0, payload);
    }

    private static ulong Sum(FoeCounters[] counters, Func<FoeCounters, ulong> of) => counters.Aggregate(0UL, (sum, next) => sum + of(next));

    private ulong Sum(FoeHandle[] handles, Func<FoeCounters, ulong> of) => Sum([.. handles.Select(handle => Rig.Counters(handle, out _))], of);

    // The field of a sender that leaves its checksum to hardware: the pseudo header's sum.
    private static void LeaveChecksum(byte[] frame, int l4Offset)
    {
        bool isIpv6 = l4Offset == 54;
        ReadOnlySpan<byte> addresses = isIpv6 ? frame.AsSpan(22, 32) : frame.AsSpan(26, 8);
        int sum = OnesSum(addresses, 6 + (frame.Length - l4Offset));
        BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(l4Offset + 16), (ushort)sum);
    }

    // With struct virtio_net_hdr in front.
    private void SendJoined(byte[] frame, int segmentBytes, int l4Offset, bool isIpv6)
    {
        const int HeaderBytes = 10;
        _host!.SetOption(LevelPacket, SegmentationHeader, 1);
        byte[] message = new byte[HeaderBytes + frame.Length];
        message[0] = 1; // VIRTIO_NET_HDR_F_NEEDS_CSUM
        message[1] = isIpv6 ? (byte)4 : (byte)1; // VIRTIO_NET_HDR_GSO_TCPV6, TCPV4
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(2), (ushort)(l4Offset + 20));
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(4), (ushort)segmentBytes);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(6), (ushort)l4Offset);
        BinaryPrimitives.WriteUInt16LittleEndian(message.AsSpan(8), 16);
        frame.CopyTo(message, HeaderBytes);
        _host.Send(message);
    }

    private byte[]? TryTap()
    {
        while (_tap!.TryReceive() is { } frame)
        {
            if (IsFromClient(frame))
                return frame;
        }

        return null;
    }
}
