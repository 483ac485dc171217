using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Alg;
using Natflow.Flows.Shards;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Testing.Packets;

namespace Natflow.Fuzz.Targets;

/// <summary>A frame from inside through a whole shard with all helpers on: what is forwarded must have right checksums.</summary>
internal sealed class ShardTarget : FuzzTarget
{
    private const int ChunkBytes = 8192;

    private readonly Umem _umem = new(4, ChunkBytes);
    private readonly PublicPool _pool;
    private readonly FlowShard _shard;
    private long _nowMs = 1000;

    internal ShardTarget()
    {
        var settings = new NatSettings
        {
            PublicAddresses = [0xCB00_7101],
            LanPrefixes = [Ipv4Prefix.TryParse("10.0.0.0/8", out Ipv4Prefix prefix, out _) ? prefix : default],
            FlowCapacity = 1024,
            UserCapacity = 64,
            Alg = new AlgSettings { Sip = true, Tftp = true },
            Seed = 11,
        };
        _pool = new PublicPool(settings);
        _shard = new FlowShard(new ShardState(settings, _pool, 0), _umem);
    }

    public override string Name => "shard";

    public override int InputBytesMax => 1500;

    public override IEnumerable<byte[]> Seeds() =>
    [
        .. SeedFrames.All(),
        PacketBuilder.Ethernet().Ipv4(SeedFrames.Inside, SeedFrames.Outside).Udp(5060, 5060).Payload(SipTarget.Invite).ToArray(),
        PacketBuilder.Ethernet().Ipv4(SeedFrames.Inside, SeedFrames.Outside).Tcp(5555, 21, TcpFlags.Ack, 1, 1).Payload("PORT 10,0,0,5,4,1\r\n"u8).ToArray(),
        PacketBuilder.Ethernet().Ipv4(SeedFrames.Inside, SeedFrames.Outside).Udp(5555, 69).Payload("\0\u0001file\0octet\0"u8).ToArray(),
    ];

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        if (input.IsEmpty) return 0;
        var outcome = default(Outcome);
        input.CopyTo(_umem.Frame(Umem.HeadroomBytes, input.Length));
        FrameDescriptor[] burst = [new FrameDescriptor { FrameOffset = Umem.HeadroomBytes, LengthBytes = (ushort)input.Length }];
        Verdict[] verdicts = new Verdict[1];
        FrameParser.ParseBatch(_umem, burst, zone: 0, Side.Lan, _shard.State.Hash);
        bool isRight = IsRight(burst[0], input);
        _shard.Process(burst, verdicts, _nowMs++);
        outcome.Add((int)verdicts[0]);
        outcome.Add((int)burst[0].Kind);
        outcome.AddSize(burst[0].LengthBytes);
        if (verdicts[0] == Verdict.Forward && isRight && FrameChecker.FindFault(_umem.Frame(burst[0].FrameOffset, burst[0].LengthBytes).ToArray()) is { } fault)
            throw new InvalidOperationException(fault);
        return outcome.Value;
    }

    protected override void Dispose(bool isDisposing)
    {
        _pool.Dispose();
        _umem.Dispose();
        base.Dispose(isDisposing);
    }

    // Incremental updates keep a wrong checksum wrong: only right frames are judged.
    private static bool IsRight(in FrameDescriptor frame, ReadOnlySpan<byte> input) =>
        frame.Kind == PacketKind.Flow && FrameChecker.FindFault(input.ToArray()) is null;
}
