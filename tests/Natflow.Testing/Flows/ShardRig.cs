using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Testing.Packets;

namespace Natflow.Testing.Flows;

/// <summary>
/// One shard with a clock that stands until the test moves it: frames in from either side, verdicts and bytes out. Checks each frame that
/// leaves for checksums from scratch, and that no chunk is lost.
/// </summary>
public sealed class ShardRig : IDisposable
{
    /// <summary>First inside host, 10.0.0.10.</summary>
    public const uint A = 0x0A00_000A;

    /// <summary>Second inside host, 10.0.0.11.</summary>
    public const uint B = 0x0A00_000B;

    /// <summary>First public address, 203.0.113.1.</summary>
    public const uint E1 = 0xCB00_7101;

    /// <summary>Second public address, 203.0.113.2.</summary>
    public const uint E2 = 0xCB00_7102;

    /// <summary>First address of the first outside host, 198.51.100.10.</summary>
    public const uint X1 = 0xC633_640A;

    /// <summary>Second address of the first outside host, 198.51.100.11.</summary>
    public const uint X2 = 0xC633_640B;

    /// <summary>Second outside host, 198.51.100.50.</summary>
    public const uint Y = 0xC633_6432;

    /// <summary>The gateway's own address inside, 10.0.0.1.</summary>
    public const uint GatewayInside = 0x0A00_0001;

    /// <summary>The gateway's own address outside, 198.51.100.1.</summary>
    public const uint GatewayOutside = 0xC633_6401;

    private const int ChunkCount = 1024;
    private const int ChunkBytes = 2048;

    private readonly Umem _umem = new(ChunkCount, ChunkBytes);
    private readonly ChunkPool _pool;
    private readonly PublicPool _public;
    private readonly Verdict[] _verdicts = new Verdict[FrameDescriptor.BurstMax];
    private readonly FlowShard _shard;
    private readonly FrameDescriptor[] _extras = new FrameDescriptor[FrameDescriptor.BurstMax];
    private readonly Verdict[] _extraVerdicts = new Verdict[FrameDescriptor.BurstMax];
    private readonly List<RigPacket> _extraPackets = [];

    /// <summary>Makes the shard.</summary>
    /// <param name="settings">Null for <see cref="Defaults"/>.</param>
    /// <param name="resolver">Finds ways; null keeps every frame's link header.</param>
    public ShardRig(NatSettings? settings = null, IPathResolver? resolver = null)
    {
        NatSettings nat = settings ?? Defaults;
        _public = new PublicPool(nat);
        _pool = new ChunkPool(_umem, 0, ChunkCount);
        State = new ShardState(nat, _public, NowMs, paths: null, resolver);
        _shard = new FlowShard(State, _umem, _pool);
        State.SetIcmpSource(Side.Lan, BinaryPrimitives.ReverseEndianness(GatewayInside));
        State.SetIcmpSource(Side.Wan, BinaryPrimitives.ReverseEndianness(GatewayOutside));
    }

    /// <summary>One public address, subscribers in 10.0.0.0/16, small tables.</summary>
    public static NatSettings Defaults { get; } = new()
    {
        PublicAddresses = [E1],
        LanPrefixes = [Prefix("10.0.0.0/16")],
        FlowCapacity = 4096,
        UserCapacity = 256,
        FragmentCapacity = 64,
        Seed = 1,
    };

    /// <summary>Shard clock, ms.</summary>
    public long NowMs { get; private set; } = 10_000_000;

    /// <summary>What the shard owns.</summary>
    public ShardState State { get; }

    /// <summary>The gateway's public addresses.</summary>
    public PublicPool Pool => _public;

    /// <summary>Chunks that are neither free nor in a result.</summary>
    public int ChunksInUse => ChunkCount - _pool.Available;

    /// <summary>Whether all frames of the last call took the hot path.</summary>
    public bool IsHotPath => _shard.SlowCount == 0;

    /// <summary>Takes what left beside the frames of the last calls, in order: later fragments, fragments that waited, answers that were due.</summary>
    public IReadOnlyList<RigPacket> TakeExtras()
    {
        RigPacket[] extras = [.. _extraPackets];
        _extraPackets.Clear();
        return extras;
    }

    /// <summary>A prefix from its text.</summary>
    public static Ipv4Prefix Prefix(string text)
    {
        Assert.True(Ipv4Prefix.TryParse(text, out Ipv4Prefix prefix, out string? error), error);
        return prefix;
    }

    /// <summary>Brings one frame in from inside.</summary>
    public RigPacket FromInside(byte[] frame, ushort zone = 0) => Send(Side.Lan, frame, zone);

    /// <summary>Brings one frame in from outside.</summary>
    public RigPacket FromOutside(byte[] frame) => Send(Side.Wan, frame, zone: 0);

    /// <summary>Brings one frame in.</summary>
    /// <param name="side">Where it comes from.</param>
    /// <param name="frame">The frame.</param>
    /// <param name="zone">Zone of the port.</param>
    /// <param name="isHostile">Its checksums and lengths are not worth checking.</param>
    /// <param name="flags">What the port says of it.</param>
    public RigPacket Send(Side side, byte[] frame, ushort zone, bool isHostile = false, FrameFlags flags = FrameFlags.None)
    {
        ulong[] before = ReadDrops();
        FrameDescriptor descriptor = Load(side, frame, zone, flags);
        Verdict verdict = Process(ref descriptor);
        bool isHairpinned = verdict == Verdict.Hairpin;
        if (isHairpinned)
            verdict = Process(ref descriptor);
        RigPacket taken = Take(in descriptor, verdict, ReasonSince(before), isHairpinned, !isHostile && FrameChecker.FindFault(frame) is null);
        CollectExtras();
        return taken;
    }

    /// <summary>Brings several frames of one side in as one burst.</summary>
    /// <returns>What became of each. Reasons are not told apart.</returns>
    public IReadOnlyList<RigPacket> Burst(Side side, params IReadOnlyList<byte[]> frames)
    {
        FrameDescriptor[] descriptors = [.. frames.Select(frame => Load(side, frame, zone: 0))];
        _shard.Process(descriptors, _verdicts, NowMs);
        RigPacket[] taken = [.. descriptors.Select((descriptor, i) =>
            Take(in descriptor, _verdicts[i], DropReason.None, isHairpinned: false, FrameChecker.FindFault(frames[i]) is null))];
        CollectExtras();
        return taken;
    }

    /// <summary>Moves the clock and lets the shard end what has expired.</summary>
    public void Wait(TimeSpan time)
    {
        NowMs += (long)time.TotalMilliseconds;
        Settle();
    }

    /// <summary>Moves the clock alone: the shard's timers did not come round yet.</summary>
    public void Skip(TimeSpan time) => NowMs += (long)time.TotalMilliseconds;

    /// <summary>Lets the shard end what has expired.</summary>
    public void Settle()
    {
        bool isBusy;
        do
        {
            isBusy = _shard.Advance(NowMs);
            CollectExtras();
        }
        while (isBusy);
    }

    /// <summary>Opens a mapping by a datagram or a SYN.</summary>
    /// <returns>The external endpoint.</returns>
    public (uint Address, ushort Port) Map((uint Address, ushort Port) inside, (uint Address, ushort Port) remote, bool tcp = false)
    {
        RigPacket sent = FromInside(tcp ? Frames.Syn(inside, remote) : Frames.Udp(inside, remote));
        Assert.True(sent.IsForwarded, sent.ToString());
        return sent.Packet.From;
    }

    /// <summary>Opens a TCP connection by a handshake.</summary>
    /// <returns>The external endpoint.</returns>
    public (uint Address, ushort Port) Connect((uint Address, ushort Port) inside, (uint Address, ushort Port) remote)
    {
        RigPacket syn = FromInside(Frames.Syn(inside, remote));
        Assert.True(syn.IsForwarded, syn.ToString());
        (uint, ushort) external = syn.Packet.From;
        Assert.True(FromOutside(Frames.SynAck(remote, external)).IsForwarded);
        Assert.True(FromInside(Frames.Tcp(inside, remote, TcpFlags.Ack)).IsForwarded);
        return external;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _shard.Dispose();
        _public.Dispose();
        _pool.Dispose();
        _umem.Dispose();
    }

    private FrameDescriptor Load(Side side, byte[] frame, ushort zone, FrameFlags flags = FrameFlags.None)
    {
        Assert.True(_pool.TryRent(out uint chunk), "the rig has no chunk left");
        var descriptor = new FrameDescriptor { FrameOffset = chunk + Umem.HeadroomBytes, LengthBytes = (ushort)frame.Length, Flags = flags };
        frame.CopyTo(_umem.Frame(descriptor.FrameOffset, frame.Length));
        FrameParser.ParseBatch(_umem, new Span<FrameDescriptor>(ref descriptor), zone, side, State.Hash);
        return descriptor;
    }

    private Verdict Process(ref FrameDescriptor descriptor)
    {
        _shard.Process(new Span<FrameDescriptor>(ref descriptor), _verdicts, NowMs);
        return _verdicts[0];
    }

    private void CollectExtras()
    {
        int count = _shard.TakeExtras(_extras, _extraVerdicts);
        for (int i = 0; i < count; i++)
        {
            Verdict verdict = _extraVerdicts[i];
            bool isHairpinned = verdict == Verdict.Hairpin;
            if (isHairpinned)
                verdict = Process(ref _extras[i]);
            _extraPackets.Add(Take(in _extras[i], verdict, DropReason.None, isHairpinned, wasSound: true));
        }

        if (_shard.ExtraCount != 0)
            CollectExtras();
    }

    private RigPacket Take(ref readonly FrameDescriptor descriptor, Verdict verdict, DropReason reason, bool isHairpinned, bool wasSound)
    {
        byte[] frame = _umem.Frame(descriptor.FrameOffset, descriptor.LengthBytes).ToArray();
        if (verdict != Verdict.Held)
            _pool.Return(_umem.ChunkOf(descriptor.FrameOffset));
        if (wasSound && verdict is not (Verdict.Drop or Verdict.PassToHost or Verdict.Held))
            Assert.Null(FrameChecker.FindFault(frame));
        bool isBack = verdict == Verdict.Reflect;
        Side egress = (descriptor.Key.Side == Side.Lan) != isBack ? Side.Wan : Side.Lan;
        return new RigPacket(verdict, reason, egress, frame, isHairpinned);
    }

    private ulong[] ReadDrops() => [.. Enum.GetValues<DropReason>().Select(State.Drops.Read)];

    private DropReason ReasonSince(ulong[] before)
    {
        DropReason[] all = Enum.GetValues<DropReason>();
        DropReason[] charged = [.. all.Where((reason, i) => State.Drops.Read(reason) != before[i])];
        Assert.True(charged.Length <= 1, string.Join(", ", charged));
        return charged.Length == 0 ? DropReason.None : charged[0];
    }
}
