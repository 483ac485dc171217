using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Fragments;
using Natflow.Flows.Ipv6;
using Natflow.Memory;
using Natflow.Packets.Icmp;
using Natflow.Packets.Ip;

namespace Natflow.Gateway.Rx;

/// <summary>
/// Says which shard owns a parsed frame: from inside by the subscriber's address, from outside by public address and port block; an ICMP error by
/// the packet it quotes, a fragment without ports by the first fragment of its datagram.
/// </summary>
/// <remarks>One thread. Frames that no subscriber owns (ARP, what the parser dropped) belong to the shard <c>home</c>.</remarks>
public sealed class ShardRouter : IDisposable
{
    private readonly PublicPool _pool;
    private readonly Umem _umem;
    private readonly Ipv6ShardMap _ipv6;
    private readonly int _home;
    private readonly FragmentTable _fragments;

    /// <summary>Makes a router.</summary>
    /// <param name="settings">The gateway's settings.</param>
    /// <param name="pool">Its public addresses.</param>
    /// <param name="umem">Where the frames lie.</param>
    /// <param name="home">Shard for what nobody owns.</param>
    public ShardRouter(NatSettings settings, PublicPool pool, Umem umem, int home)
    {
        _pool = pool;
        _umem = umem;
        _ipv6 = new Ipv6ShardMap(settings);
        _home = home;
        _fragments = new FragmentTable(settings.FragmentCapacity, new FlowHash(settings.Seed));
    }

    /// <summary>Finds the shards of a burst of plain flows' frames, as nearly all bursts are.</summary>
    /// <param name="frames">Parsed.</param>
    /// <param name="shards">Receives each frame's shard.</param>
    /// <param name="haveOneOwner">Whether all are the same shard's.</param>
    /// <returns>False where a frame is anything else: nothing was found out.</returns>
    public bool TryRoutePlain(ReadOnlySpan<FrameDescriptor> frames, Span<byte> shards, out bool haveOneOwner)
    {
        haveOneOwner = false;
        if (shards.Length < frames.Length)
            throw new ArgumentException("needs room for each frame's shard", nameof(shards));
        int difference = 0;
        int first = frames.Length == 0 ? 0 : OwnerOf(in frames[0].Key);
        for (int i = 0; i < frames.Length; i++)
        {
            ref readonly FrameDescriptor frame = ref frames[i];
            if (frame.Kind != PacketKind.Flow)
                return false;
            int shard = OwnerOf(in frame.Key);
            shards[i] = (byte)shard;
            difference |= shard ^ first;
        }

        haveOneOwner = difference == 0;
        return true;
    }

    /// <summary>Finds a frame's shard.</summary>
    /// <param name="frame">Parsed.</param>
    /// <param name="nowMs">Clock, ms.</param>
    /// <param name="shard">0 to the shard count - 1.</param>
    /// <returns><see cref="DropReason.None"/>, or why the frame can be nobody's.</returns>
    public DropReason TryRoute(ref readonly FrameDescriptor frame, long nowMs, out int shard)
    {
        shard = _home;
        switch (frame.Kind)
        {
            case PacketKind.Flow:
                shard = OwnerOf(in frame.Key);
                return DropReason.None;
            case PacketKind.Fragment:
                return RouteFragment(in frame, nowMs, out shard);
            case PacketKind.IcmpError:
                shard = OwnerOfQuoted(in frame);
                return DropReason.None;
            case PacketKind.OtherIPv4 when frame.Key.Side == Side.Lan:
                shard = OwnerOf(in frame.Key);
                return DropReason.None;
            case PacketKind.IPv6:
                shard = OwnerOfIpv6(in frame);
                return DropReason.None;
            default:
                return DropReason.None;
        }
    }

    /// <inheritdoc />
    public void Dispose() => _fragments.Dispose();

    [MethodImpl(MethodImplOptions.AggressiveInlining)] // A hash or a load.
    private int OwnerOf(ref readonly FlowKey key) => key.Side == Side.Lan
        ? _pool.ShardOfUser(key.SrcAddrBe, key.Zone)
        : _pool.ShardOfExternal(key.DstAddrBe, key.DstPortBe, key.Protocol);

    private DropReason RouteFragment(ref readonly FrameDescriptor frame, long nowMs, out int shard)
    {
        shard = OwnerOf(in frame.Key);
        if (frame.Key.Side == Side.Lan)
            return DropReason.None;

        Span<byte> header = _umem.Frame(frame.FrameOffset, frame.LengthBytes)[frame.L3Offset..];
        ushort identificationBe = MemoryMarshal.Read<ushort>(header[4..]);
        bool isFirst = ((header[6] & 0x1F) | header[7]) == 0;
        if (isFirst)
            return _fragments.TryAdd(in frame.Key, identificationBe, (uint)shard, nowMs) ? DropReason.None : DropReason.FragmentTableFull;
        if (!_fragments.TryFind(in frame.Key, identificationBe, nowMs, out uint known))
            return DropReason.FragmentUnknown;
        shard = (int)known;
        return DropReason.None;
    }

    // A quote that cannot be read is the flow stage's to refuse, whichever shard's.
    private int OwnerOfQuoted(ref readonly FrameDescriptor frame)
    {
        Span<byte> bytes = _umem.Frame(frame.FrameOffset, frame.LengthBytes);
        bool isCaptured = (frame.Flags & FrameFlags.Captured) != FrameFlags.None;
        if (IcmpErrorParser.TryParse(bytes, frame.L3Offset, isCaptured, out IcmpErrorQuote quote) != DropReason.None)
            return _home;
        FlowKey key = quote.ReverseKey(frame.Key.Zone, frame.Key.Side);
        return OwnerOf(in key);
    }

    // An ICMPv6 error from inside may be a router's: it belongs to the subscriber whose packet it quotes.
    private int OwnerOfIpv6(ref readonly FrameDescriptor frame)
    {
        Span<byte> bytes = _umem.Frame(frame.FrameOffset, frame.LengthBytes);
        Span<byte> header = bytes[frame.L3Offset..];
        if (frame.Key.Side == Side.Wan)
            return _ipv6.OfOutside(Ipv6Address.Read(header[Ipv6Rewriter.DstOffset..]));
        bool isError = frame.Key.Protocol == IpProtocol.IcmpV6 && frame.L4Offset != 0 && Icmpv6Type.IsError(frame.TcpFlags);
        return isError && Icmpv6ErrorParser.TryParse(bytes, frame.L3Offset, out Icmpv6ErrorQuote quote) == DropReason.None
            ? _ipv6.OfInside(quote.Dst)
            : _ipv6.OfInside(Ipv6Address.Read(header[Ipv6Rewriter.SrcOffset..]));
    }
}
