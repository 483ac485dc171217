using System.Buffers.Binary;
using System.Globalization;
using Natflow.Core;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Offers;
using Natflow.Offload.MediaTek;
using Natflow.Offload.Model;
using Natflow.Testing;
using Natflow.Testing.Namespaces;
using Xunit.Abstractions;

namespace Natflow.Gateway.Tests.Ppe.Differential;

/// <summary>
/// The same random frames through the flow shards, the XDP program and MediaTek's engine leave as the same bytes; what an entry does not describe is left to the shards, unchanged.
/// </summary>
public sealed class DifferentialTests(ITestOutputHelper output)
{
    private const int XdpPass = 2;
    private const int XdpRedirect = 4;
    private const int FramesPerShape = 3;
    private const int EthernetBytesMin = 60;

    private readonly SortedDictionary<string, int> _tally = new(StringComparer.Ordinal);

    [NamespaceTheory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 2)]
    public void Frames_OfIpv4Flows_LeaveAsTheSameBytesEachWay(int seed, int shards) =>
        Compare(seed, new DifferentialRig(shards, new Ipv6Settings()), Ipv4Flows);

    [NamespaceTheory]
    [InlineData(4, Ipv6Mode.Native)]
    [InlineData(5, Ipv6Mode.PrefixTranslation)]
    [InlineData(6, Ipv6Mode.Masquerade)]
    public void Frames_OfIpv6Flows_LeaveAsTheSameBytesEachWay(int seed, Ipv6Mode mode) => Compare(seed, new DifferentialRig(1, Ipv6(mode)), Ipv6Flows);

    private static Ipv6Settings Ipv6(Ipv6Mode mode) => new()
    {
        Mode = mode,
        LanPrefixes = [Prefix("2001:db8:1::/48")],
        PrefixPairs = mode == Ipv6Mode.PrefixTranslation ? [new Ipv6PrefixPair(Prefix("2001:db8:1::/48"), Prefix("2001:db8:77::/48"))] : [],
        PublicAddresses = mode == Ipv6Mode.Masquerade ? [Ipv6Address.Of(Ends.V6("2001:db8:77::1"))] : [],
        FlowCapacity = 1024,
        FragmentCapacity = 64,
    };

    private static Ipv6Prefix Prefix(string text)
    {
        Assert.True(Ipv6Prefix.TryParse(text, out Ipv6Prefix prefix, out string? error), error);
        return prefix;
    }

    private static IEnumerable<DifferentialFlow> Ipv4Flows(DifferentialRig rig, Prng prng)
    {
        for (int i = 0; i < 24; i++)
        {
            byte protocol = i % 2 == 0 ? IpProtocol.Tcp : IpProtocol.Udp;
            UInt128 host = Ends.V4(DifferentialRig.FirstHost + (uint)prng.Next(40));
            UInt128 server = Ends.V4(DifferentialRig.FirstServer + (uint)prng.Next(40));
            UInt128 forwarded = Ends.V4(DifferentialRig.FirstForwarded + (uint)(i % DifferentialRig.ForwardCount));
            var inside = new End(host, (ushort)(2000 + i));
            var outside = new End(server, (ushort)(3000 + prng.Next(1000)));
            var publicEnd = new End(Ends.V4(DifferentialRig.Public), (ushort)(DifferentialRig.FirstForwardedPort + (i % DifferentialRig.ForwardCount)));
            yield return rig.Open("SNAT", new Direction(inside, outside, protocol, Side.Lan), (Mtu(server), Mtu(host)));
            yield return rig.Open("DNAT", new Direction(outside, publicEnd, protocol, Side.Wan), (Mtu(forwarded), Mtu(server)));
            yield return rig.Open("hairpin", new Direction(inside with { Port = (ushort)(4000 + i) }, publicEnd, protocol, Side.Lan), (Mtu(forwarded), Mtu(host)));
            if (i >= 8)
                continue;
            UInt128 one = Ends.V4(DifferentialRig.HostOfOne);
            var start = i % 4 < 2
                ? new Direction(new End(one, (ushort)(5000 + i)), outside, protocol, Side.Lan)
                : new Direction(outside, new End(Ends.V4(DifferentialRig.PublicOfOne), (ushort)(5000 + i)), protocol, Side.Wan);
            yield return rig.Open("one to one", start, start.Ingress == Side.Lan ? (Mtu(server), Mtu(one)) : (Mtu(one), Mtu(server)));
        }
    }

    private static IEnumerable<DifferentialFlow> Ipv6Flows(DifferentialRig rig, Prng prng)
    {
        for (int i = 0; i < 40; i++)
        {
            UInt128 host = Ends.V6("2001:db8:1:5::") + (UInt128)prng.NextULong() + (uint)prng.Next(64);
            UInt128 server = Ends.V6("2001:db8:2::") + (UInt128)prng.NextULong();
            var start = new Direction(
                new End(host, (ushort)(2000 + i)), new End(server, (ushort)(3000 + prng.Next(1000))), i % 2 == 0 ? IpProtocol.Tcp : IpProtocol.Udp, Side.Lan);
            yield return rig.Open("IPv6", start, (Mtu(server), Mtu(host)));
        }
    }

    private static ushort Mtu(UInt128 address) => KindPaths.MtuOf(KindPaths.KindOf(address));

    private void Compare(int seed, DifferentialRig rig, Func<DifferentialRig, Prng, IEnumerable<DifferentialFlow>> open)
    {
        using DifferentialRig owned = rig;
        var prng = new Prng(seed);
        DifferentialFlow[] flows = [.. open(rig, prng)];
        Settle(rig);
        foreach (DifferentialFlow flow in flows)
        {
            foreach (Direction direction in (Direction[])[flow.Start, flow.Answer])
                Assert.True(rig.Ppe.Bound.ContainsKey(direction.Key), $"seed {seed}: {flow.Name} {direction} is not bound");
        }

        FrameShape[] shapes = Enum.GetValues<FrameShape>();
        CompareShapes(seed, rig, prng, flows, shapes.Where(static shape => shape < FrameShapes.FirstEnding));
        CheckCounters(rig, flows);
        CompareShapes(seed, rig, prng, flows, shapes.Where(static shape => shape >= FrameShapes.FirstEnding));
        foreach ((string what, int count) in _tally)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{count,6} {what}"));
        Assert.Equal(shapes.Length, _tally.Keys.Count(static key => key.StartsWith("shape ", StringComparison.Ordinal)));
    }

    private static void Settle(DifferentialRig rig)
    {
        for (int i = 0; i < 12; i++)
        {
            rig.Plane.Time.Advance(TimeSpan.FromMilliseconds(100));
            rig.Plane.Settle();
        }
    }

    private void CompareShapes(int seed, DifferentialRig rig, Prng prng, DifferentialFlow[] flows, IEnumerable<FrameShape> shapes)
    {
        foreach (FrameShape shape in shapes)
        {
            var frames = new List<(DifferentialFlow Flow, Direction Direction, byte[] Frame)>();
            foreach (DifferentialFlow flow in flows)
            {
                for (int i = 0; i < FramesPerShape; i++)
                {
                    frames.Add((flow, flow.Start, FrameShapes.Make(prng, flow.Start, shape, flow.WayBytes.Start)));
                    frames.Add((flow, flow.Answer, FrameShapes.Make(prng, flow.Answer, shape, flow.WayBytes.Answer)));
                }
            }

            List<(int Verdict, byte[] Frame)> programs = rig.Program([.. frames.Select(static one => (one.Direction.Ingress, one.Frame))]);
            for (int i = 0; i < frames.Count; i++)
            {
                (DifferentialFlow flow, Direction direction, byte[] frame) = frames[i];
                string what = $"seed {seed}, {flow.Name}, {shape}, {direction}: {Convert.ToHexStringLower(frame)}";
                CompareOne(rig, shape, direction, frame, programs[i], what);
                Note($"shape {shape}");
            }
        }
    }

    private void CompareOne(DifferentialRig rig, FrameShape shape, in Direction direction, byte[] frame, (int Verdict, byte[] Frame) program, string what)
    {
        if (shape >= FrameShapes.FirstSlow)
        {
            Assert.True(program.Verdict == XdpPass, what);
            Assert.True(frame.AsSpan().SequenceEqual(program.Frame), what);
            if (rig.Ppe.Expressed[direction.Key] == PpeResult.Bound)
                Assert.True(rig.Engine(direction.Ingress, frame, out _).Verdict == EngineVerdict.ToCpu, what);
            _ = rig.Managed(direction.Ingress, frame);
            return;
        }

        Assert.True(program.Verdict == XdpRedirect, what);
        List<(Side Side, byte[] Frame)> managed = rig.Managed(direction.Ingress, frame);
        Assert.True(managed.Count == 1, $"{managed.Count} frames for {what}");
        Assert.True(managed[0].Frame.AsSpan().SequenceEqual(program.Frame), $"{what}\nshard   {Hex(managed[0].Frame)}\nprogram {Hex(program.Frame)}");
        Note("the program as the shard");
        CompareEngine(rig, shape, direction, frame, managed[0], what);
    }

    private static int PacketBytes(ReadOnlySpan<byte> frame)
    {
        ReadOnlySpan<byte> ip = frame[Ends.L3Offset(frame)..];
        return ip[0] >> 4 == 6 ? 40 + BinaryPrimitives.ReadUInt16BigEndian(ip[4..]) : BinaryPrimitives.ReadUInt16BigEndian(ip[2..]);
    }

    // MediaTek's engine pads anew, checks checksums, and has one limit for all ways with the same number of tags.
    private void CompareEngine(DifferentialRig rig, FrameShape shape, in Direction direction, byte[] frame, (Side Side, byte[] Frame) managed, string what)
    {
        PpeResult expressed = rig.Ppe.Expressed[direction.Key];
        if (expressed != PpeResult.Bound)
        {
            Note($"not expressible in MediaTek's table: {expressed}, {(direction.IsIpv6 ? "IPv6" : "802.1AD")}");
            return;
        }

        EngineResult result = rig.Engine(direction.Ingress, frame, out byte[] engine);
        if (shape == FrameShape.BadChecksum)
        {
            bool isUnchecked = result.Verdict == EngineVerdict.Forward; // Of a datagram without checksum nobody can say.
            Assert.True(result.Verdict == EngineVerdict.Drop || isUnchecked, what);
            Note("MediaTek's engine drops a bad checksum");
            return;
        }

        if (shape == FrameShape.FillsWay && result is { Verdict: EngineVerdict.ToCpu, Reason: CpuReason.ExceedsMtu })
        {
            Note("not expressible in MediaTek's table: a limit of the way's own");
            return;
        }

        Assert.True(result.Verdict == EngineVerdict.Forward, $"{result} for {what}");
        byte[] packet = managed.Frame[..(Ends.L3Offset(managed.Frame) + PacketBytes(frame))];
        byte[] wanted = [.. packet, .. new byte[Math.Max(0, EthernetBytesMin - packet.Length)]];
        Assert.True(wanted.AsSpan().SequenceEqual(engine), $"{what}\nshard  {Hex(wanted)}\nengine {Hex(engine)}");
        Assert.True(result.EgressPort == (managed.Side == Side.Lan ? FabricPort.Gdm1 : FabricPort.Gdm2), what);
        Note("MediaTek's engine as the shard");
    }

    // Each frame was forwarded twice: by the shard and by the program. The program's part comes with the next reading.
    private void CheckCounters(DifferentialRig rig, DifferentialFlow[] flows)
    {
        Settle(rig);
        ulong counted = 0;
        for (int shard = 0; shard < rig.Plane.Settings.ShardCount; shard++)
            counted += rig.Plane.State(shard).Counters.OffloadedOut + rig.Plane.State(shard).Counters.OffloadedIn;
        int hairpins = flows.Count(static flow => flow.Name == "hairpin") * 2 * FramesPerShape * (int)FrameShapes.FirstSlow;
        Assert.Equal((ulong)(_tally["the program as the shard"] + hairpins), counted); // A hairpinned packet is one of two flows.
        Assert.All(Enumerable.Range(0, rig.Plane.Settings.ShardCount), shard =>
            Assert.Equal(0, rig.Plane.State(shard).Offload!.CountOf(OffloadReason.Lost)));
    }

    private void Note(string what) => _tally[what] = _tally.GetValueOrDefault(what) + 1;

    private static string Hex(byte[] frame) => Convert.ToHexStringLower(frame);
}
