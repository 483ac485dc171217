using System.Buffers.Binary;
using System.Text;
using Natflow.Core;
using Natflow.Flows.Alg;
using Natflow.Flows.Shards;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Testing.Packets;

namespace Natflow.Flows.Tests.Alg;

/// <summary>One shard with one burst of one frame at a time. Every frame that comes out is checked by full recomputation of its checksums.</summary>
internal sealed class AlgRig : IDisposable
{
    internal const uint Inside = 0x0A00_0005;
    internal const uint Public = 0xCB00_7101;
    internal const uint Server = 0xC633_640A;
    internal const uint Stranger = 0xC633_6432;

    private const int ChunkBytes = 2048;

    private readonly Umem _umem = new(4, ChunkBytes);
    private readonly PublicPool _pool;
    private readonly FlowShard _shard;

    internal AlgRig(AlgSettings? alg = null, Func<NatSettings, NatSettings>? change = null)
    {
        var settings = new NatSettings
        {
            PublicAddresses = [Public],
            LanPrefixes = [LanPrefix],
            FlowCapacity = 256,
            UserCapacity = 64,
            Filtering = FilteringMode.AddressAndPortDependent,
            Alg = alg ?? new AlgSettings { Sip = true, Tftp = true },
            Seed = 11,
        };
        settings = change?.Invoke(settings) ?? settings;
        _pool = new PublicPool(settings);
        _shard = new FlowShard(new ShardState(settings, _pool, 0), _umem);
    }

    internal ShardState State => _shard.State;

    internal ref AlgCounters Counters => ref State.Alg.Counters;

    internal long NowMs { get; set; } = 1000;

    internal Verdict LastVerdict { get; private set; }

    private static Ipv4Prefix LanPrefix => Ipv4Prefix.TryParse("10.0.0.0/8", out Ipv4Prefix prefix, out _) ? prefix : default;

    /// <summary>Sends a frame; null when it was not forwarded.</summary>
    internal byte[]? Send(Side side, byte[] frame, int frameBytes = 0)
    {
        var descriptor = new FrameDescriptor { FrameOffset = Umem.HeadroomBytes, LengthBytes = (ushort)Math.Max(frame.Length, frameBytes) };
        _umem.Frame(0, ChunkBytes).Fill(0xEE);
        frame.CopyTo(_umem.Frame(descriptor.FrameOffset, frame.Length));
        FrameDescriptor[] burst = [descriptor];
        Verdict[] verdicts = new Verdict[1];
        FrameParser.ParseBatch(_umem, burst, 0, side, State.Hash);
        _shard.Process(burst, verdicts, NowMs);
        LastVerdict = verdicts[0];
        Assert.True(_umem.Frame(Umem.HeadroomBytes + ChunkBytes - Umem.HeadroomBytes, 1)[0] == 0, "the next chunk was written to");
        if (verdicts[0] is not (Verdict.Forward or Verdict.Hairpin))
            return null;
        byte[] output = _umem.Frame(burst[0].FrameOffset, burst[0].LengthBytes).ToArray();
        Assert.Null(FrameChecker.FindFault(output));
        return output;
    }

    internal byte[]? Tcp(
        Side side, (uint Address, ushort Port) from, (uint Address, ushort Port) to, byte flags, uint seq, uint ack, string text = "", byte[]? options = null)
        => Send(side, PacketBuilder.Ethernet().Ipv4(from.Address, to.Address).Tcp(from.Port, to.Port, flags, seq, ack, options)
            .Payload(Encoding.Latin1.GetBytes(text)).ToArray());

    internal byte[]? Udp(Side side, (uint Address, ushort Port) from, (uint Address, ushort Port) to, ReadOnlySpan<byte> payload, bool hasChecksum = true)
        => Send(side, PacketBuilder.Ethernet().Ipv4(from.Address, to.Address).Udp(from.Port, to.Port, hasChecksum).Payload(payload).ToArray());

    internal static uint Seq(byte[] frame) => BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(38));

    internal static uint Ack(byte[] frame) => BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(42));

    internal static (uint Address, ushort Port) Source(byte[] frame) =>
        (BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(26)), BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(34)));

    internal static (uint Address, ushort Port) Destination(byte[] frame) =>
        (BinaryPrimitives.ReadUInt32BigEndian(frame.AsSpan(30)), BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(36)));

    /// <summary>Payload by the lengths in the packet, not the frame's.</summary>
    internal static string Text(byte[] frame)
    {
        int total = BinaryPrimitives.ReadUInt16BigEndian(frame.AsSpan(16));
        int header = frame[23] == IpProtocol.Tcp ? (frame[46] >> 4) * 4 : 8;
        return Encoding.Latin1.GetString(frame.AsSpan(34 + header, total - 20 - header));
    }

    public void Dispose()
    {
        _shard.Dispose();
        _pool.Dispose();
        _umem.Dispose();
    }
}
