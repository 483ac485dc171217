using Natflow.Core;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Packets.Ip;
using Natflow.Testing.Packets;

namespace Natflow.Flows.Tests.Ipv6;

/// <summary>One shard between two sides: a frame in, its verdict and what it has become out. Hairpinned frames take their second pass here.</summary>
internal sealed class Ipv6Rig : IDisposable
{
    internal const int L3 = 14;
    internal const int L4 = 54;
    internal const uint Public4 = 0xCB00_7101;
    internal const uint X4 = 0xC633_640A;

    private const int ChunkBytes = 4096;

    private readonly Umem _umem = new(16, ChunkBytes);
    private readonly ChunkPool? _chunks;
    private readonly PublicPool _pool;
    private readonly FlowShard _shard;

    internal Ipv6Rig(Ipv6Settings? ipv6 = null, Func<NatSettings, NatSettings>? change = null, bool hasChunks = false)
    {
        var settings = new NatSettings
        {
            PublicAddresses = [Public4],
            FlowCapacity = 1024,
            UserCapacity = 256,
            Seed = 11,
            Ipv6 = ipv6 ?? Defaults,
        };
        settings = change?.Invoke(settings) ?? settings;
        _pool = new PublicPool(settings);
        _chunks = hasChunks ? new ChunkPool(_umem, 1, 15) : null; // The first is the rig's.
        _shard = new FlowShard(new ShardState(settings, _pool, nowMs: 0), _umem, _chunks);
    }

    internal static Ipv6Settings Defaults { get; } = new()
    {
        LanPrefixes = [Prefix("2001:db8:1::/48")],
        LanAddress = LanGateway,
        WanAddress = WanGateway,
        FlowCapacity = 1024,
        FragmentCapacity = 64,
    };

    internal static Ipv6Address A => Address("2001:db8:1::10");

    internal static Ipv6Address B => Address("2001:db8:1::11");

    internal static Ipv6Address X => Address("2001:db8:2::10");

    internal static Ipv6Address Y => Address("2001:db8:2::50");

    internal static Ipv6Address LanGateway => Address("2001:db8:1::1");

    internal static Ipv6Address WanGateway => Address("2001:db8:2::1");

    internal ShardState State => _shard.State;

    internal Ipv6State V6 => _shard.State.Ipv6;

    internal long NowMs { get; set; } = 1_000;

    /// <summary>The last frame's final bytes.</summary>
    internal byte[] Output { get; private set; } = [];

    /// <summary>Frames that left beside the last one.</summary>
    internal List<byte[]> Extras { get; } = [];

    internal ReadOnlySpan<byte> Packet => Output.AsSpan(L3);

    internal ReadOnlySpan<byte> Segment => Output.AsSpan(L4);

    internal static Ipv6Address Address(string text) => Ipv6Address.TryParse(text, out Ipv6Address address) ? address : throw new FormatException(text);

    internal static Ipv6Prefix Prefix(string text) =>
        Ipv6Prefix.TryParse(text, out Ipv6Prefix prefix, out string? error) ? prefix : throw new FormatException(error);

    internal static byte[] Bytes(Ipv6Address address)
    {
        byte[] bytes = new byte[16];
        address.Write(bytes);
        return bytes;
    }

    internal static PacketBuilder Ip(Ipv6Address source, Ipv6Address destination, byte hopLimit = 64) =>
        PacketBuilder.Ethernet().Ipv6(Bytes(source), Bytes(destination), hopLimit);

    internal static byte[] Udp(Ipv6Address source, Ipv6Address destination, ushort srcPort, ushort dstPort, int payloadBytes = 20, byte hopLimit = 64) =>
        Ip(source, destination, hopLimit).Udp(srcPort, dstPort).Payload(Payload(payloadBytes)).ToArray();

    internal static byte[] Tcp(Ipv6Address source, Ipv6Address destination, ushort srcPort, ushort dstPort, byte flags) =>
        Ip(source, destination).Tcp(srcPort, dstPort, flags).Payload(Payload(9)).ToArray();

    internal static byte[] Echo(Ipv6Address source, Ipv6Address destination, byte type, ushort identifier) =>
        Ip(source, destination).IcmpQuery(type, identifier).Payload(Payload(17)).ToArray();

    /// <summary>An ICMPv6 error that quotes a frame's packet.</summary>
    internal static byte[] Error(Ipv6Address source, Ipv6Address destination, byte type, byte code, uint rest, ReadOnlySpan<byte> frame, int quotedBytesMax = 1232) =>
        Ip(source, destination).Icmp(type, code, rest).Payload(frame[L3..Math.Min(frame.Length, L3 + quotedBytesMax)]).ToArray();

    internal static byte[] Payload(int lengthBytes) => [.. Enumerable.Range(0, lengthBytes).Select(static i => (byte)(i * 7))];

    internal Verdict FromLan(byte[] frame, ushort zone = 0) => Send(frame, Side.Lan, zone);

    internal Verdict FromWan(byte[] frame) => Send(frame, Side.Wan, 0);

    /// <summary>Sends a frame that is to be dropped for a reason.</summary>
    internal void AssertDropped(DropReason reason, byte[] frame, Side side)
    {
        ulong before = State.Drops.Read(reason);
        Verdict verdict = Send(frame, side, 0);
        Assert.Equal(Verdict.Drop, verdict);
        Assert.Equal(before + 1, State.Drops.Read(reason));
    }

    /// <summary>What the last frame should have become but for its hop limit.</summary>
    internal void AssertOutput(byte[] expected)
    {
        byte[] lowered = [.. expected];
        lowered[L3 + Ipv6Rewriter.HopLimitOffset]--;
        Assert.Equal(lowered, Output);
    }

    internal void AssertSound() => Assert.Null(FrameChecker.FindFault(Output));

    private const int NoteBytes = 8;

    internal Verdict Send(byte[] frame, Side side, ushort zone)
    {
        _umem.Frame(0, ChunkBytes).Fill(0xEE);
        frame.CopyTo(_umem.Frame(Umem.HeadroomBytes, frame.Length));
        FrameDescriptor[] burst = [new FrameDescriptor { FrameOffset = Umem.HeadroomBytes, LengthBytes = (ushort)frame.Length }];
        FrameParser.ParseBatch(_umem, burst, zone, side, State.Hash);
        Verdict[] verdicts = new Verdict[1];
        State.Advance(NowMs);
        _shard.Process(burst, verdicts, NowMs);
        if (verdicts[0] == Verdict.Hairpin)
            _shard.Process(burst, verdicts, NowMs);
        Output = _umem.Frame(burst[0].FrameOffset, burst[0].LengthBytes).ToArray();
        TakeExtras();
        Assert.True(_umem.Frame(0, NoteBytes).IndexOfAnyExcept((byte)0xEE) < 0, "the port's note at the start of the chunk was overwritten");
        if (verdicts[0] != Verdict.Drop)
            Assert.True(burst[0].FrameOffset + burst[0].L3Offset >= NoteBytes + PathRecord.HeaderBytesMax, "the way's link header would begin in front of the chunk, or on the port's note");
        return verdicts[0];
    }

    private void TakeExtras()
    {
        Extras.Clear();
        var frames = new FrameDescriptor[FrameDescriptor.BurstMax];
        var verdicts = new Verdict[FrameDescriptor.BurstMax];
        int count = _shard.ExtraCount == 0 ? 0 : _shard.TakeExtras(frames, verdicts);
        for (int i = 0; i < count; i++)
        {
            if (verdicts[i] != Verdict.Drop)
                Extras.Add(_umem.Frame(frames[i].FrameOffset, frames[i].LengthBytes).ToArray());
            _chunks!.Return(_umem.ChunkOf(frames[i].FrameOffset));
        }
    }

    public void Dispose()
    {
        _shard.Dispose();
        _chunks?.Dispose();
        _pool.Dispose();
        _umem.Dispose();
    }
}
