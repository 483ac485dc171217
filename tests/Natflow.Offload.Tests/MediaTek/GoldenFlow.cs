using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Offload.MediaTek;
using Natflow.Offload.Model;
using Natflow.Packets.Link;

namespace Natflow.Offload.Tests.MediaTek;

/// <summary>The flow of the reference vectors: 192.168.1.10:40000 to 203.0.113.80:443, outside 198.51.100.7:51000, and an IPv6 flow between the same sides.</summary>
internal static class GoldenFlow
{
    internal const uint Client = 0xC0A8010A;
    internal const uint Server = 0xCB007150;
    internal const uint Outside = 0xC6336407;
    internal const ulong LanMac = 0x021122334401;
    internal const ulong WanMac = 0x021122334402;
    internal const ulong ClientMac = 0x02AABBCCDD10;
    internal const ulong GatewayMac = 0x02DEADBEEFFE;
    internal const ushort WanLink = 1;
    internal const ushort LanLink = 2;
    internal const int LanInterface = 101;
    internal const int WanInterface = 102;

    internal const string FrameIn =
        "02112233440102aabbccdd100800450000301234400040062a91c0a8010acb0071509c4001bb010203040a0b0c0d50182000134f00006e6174666c6f7721";

    internal static readonly UInt128 Client6 = new(0x20010DB8_00010000, 0x10);
    internal static readonly UInt128 Server6 = new(0x20010DB8_FFFF0000, 0x80);

    internal static MediaTekSettings Settings(MediaTekSoc soc, int lanSwitchPort = MediaTekPort.NoSwitch, int entryCount = MediaTekSettings.EntryCountDefault) => new(
        soc, [new MediaTekPort(0, LanInterface, FabricPort.Gdm1, lanSwitchPort), new MediaTekPort(1, WanInterface, FabricPort.Gdm2)], entryCount);

    internal static FoeEntry Out(byte protocol = IpProtocol.Tcp) => new()
    {
        SrcAddr = FlowEncoder.Mapped(Client),
        DstAddr = FlowEncoder.Mapped(Server),
        NewSrcAddr = FlowEncoder.Mapped(Outside),
        NewDstAddr = FlowEncoder.Mapped(Server),
        SrcPortBe = Be(40000),
        DstPortBe = Be(443),
        NewSrcPortBe = Be(51000),
        NewDstPortBe = Be(443),
        Protocol = protocol,
        Kind = FoeKind.IPv4Nat,
        LinkIndex = WanLink,
        IngressInterface = LanInterface,
        Cookie = 0x1001,
    };

    internal static FoeEntry In(byte protocol = IpProtocol.Tcp)
    {
        FoeEntry entry = Out(protocol);
        return entry with
        {
            SrcAddr = entry.NewDstAddr,
            DstAddr = entry.NewSrcAddr,
            NewSrcAddr = entry.DstAddr,
            NewDstAddr = entry.SrcAddr,
            SrcPortBe = entry.NewDstPortBe,
            DstPortBe = entry.NewSrcPortBe,
            NewSrcPortBe = entry.DstPortBe,
            NewDstPortBe = entry.SrcPortBe,
            LinkIndex = LanLink,
            IngressInterface = WanInterface,
            Side = Side.Wan,
            Cookie = 0x1002,
        };
    }

    internal static FoeEntry Out6(byte protocol = IpProtocol.Udp) => new()
    {
        SrcAddr = FlowEncoder.FromNumber(Client6),
        DstAddr = FlowEncoder.FromNumber(Server6),
        NewSrcAddr = FlowEncoder.FromNumber(Client6),
        NewDstAddr = FlowEncoder.FromNumber(Server6),
        SrcPortBe = Be(40000),
        DstPortBe = Be(443),
        NewSrcPortBe = Be(40000),
        NewDstPortBe = Be(443),
        Protocol = protocol,
        Kind = FoeKind.IPv6Route,
        LinkIndex = WanLink,
        IngressInterface = LanInterface,
    };

    internal static PathRecord Path(ulong dstMac, ulong srcMac, byte port, ushort[]? vlans = null, ushort? session = null, ushort mtuBytes = 1500)
    {
        vlans ??= [];
        byte[] header = new byte[14 + (4 * vlans.Length) + (session is null ? 0 : 8)];
        MacAddress.Write(header, dstMac);
        MacAddress.Write(header.AsSpan(6), srcMac);
        for (int i = 0; i < vlans.Length; i++)
            VlanTag.Write(header.AsSpan(12 + (4 * i)), vlans[i]);
        if (session is { } id)
        {
            Span<byte> pppoe = header.AsSpan(header.Length - 10);
            BinaryPrimitives.WriteUInt16BigEndian(pppoe, EtherType.PppoeSession);
            pppoe[2] = PppoeHeader.VersionTypeOne;
            BinaryPrimitives.WriteUInt16BigEndian(pppoe[4..], id);
        }

        var path = new PathRecord { MtuBytes = mtuBytes, PortIndex = port, HeaderBytes = (byte)header.Length, IsPppoe = session is not null };
        header.CopyTo(path.Header[^header.Length..]);
        return path;
    }

    internal static PathRecord WanPath(ushort[]? vlans = null, ushort? session = null, ushort mtuBytes = 1500) => Path(GatewayMac, WanMac, 1, vlans, session, mtuBytes);

    internal static PathRecord LanPath(ushort[]? vlans = null) => Path(ClientMac, LanMac, 0, vlans);

    internal static MediaTekPpe Ppe(MediaTekSoc soc, in PathRecord wan, int lanSwitchPort = MediaTekPort.NoSwitch, int entryCount = MediaTekSettings.EntryCountDefault)
    {
        var ppe = new MediaTekPpe(Settings(soc, lanSwitchPort, entryCount));
        ppe.SetLink(WanLink, wan);
        ppe.SetLink(LanLink, LanPath());
        return ppe;
    }

    internal static FoeHandle Bind(IPpe ppe, in FoeEntry entry, PpeResult expected = PpeResult.Bound)
    {
        var handles = new FoeHandle[1];
        var results = new PpeResult[1];
        ppe.Bind([entry], handles, results);
        Assert.Equal(expected, results[0]);
        Assert.Equal(expected == PpeResult.Bound, handles[0].IsSome);
        return handles[0];
    }

    internal static FoeCounters Read(IPpe ppe, FoeHandle handle, uint nowMs, out bool isBound)
    {
        var counters = new FoeCounters[1];
        bool[] bound = new bool[1];
        ppe.ReadCounters([handle], counters, bound, nowMs);
        isBound = bound[0];
        return counters[0];
    }

    internal static EngineResult Send(PpeEmulator engine, byte[] frame, out byte[] output, byte ingressPort = FabricPort.Gdm1)
    {
        output = new byte[Math.Max(frame.Length + EngineResult.GrowthBytesMax, EngineResult.FrameBytesMin)];
        EngineResult result = engine.Process(frame, ingressPort, output);
        output = output[..result.LengthBytes];
        return result;
    }

    internal static ushort Be(ushort value) => FlowEncoder.Host(value);
}
