using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Gateway.Flow;
using Natflow.Memory;

namespace Natflow.Gateway.Replication;

/// <summary>
/// Takes the frames of a shard while another node owns it: sends them on to the owner as they came, but for the link addresses, once. While the shard is handed
/// over they wait, at the old owner until it knows the new one, at the new one until it forwards. The rest is dropped, never answered, so that no end takes a
/// takeover for a refusal; what is for this box goes to its kernel.
/// </summary>
/// <remarks>The shard's thread, but for <see cref="Route"/> and <see cref="HoldUntilMs"/>.</remarks>
internal sealed class ShardDetour(ShardState state, Umem umem, ChunkPool pool, FrameEmitter emitter) : IDisposable
{
    private const int HeldMax = 512;
    private const int ChunksKept = 512; // A pool with fewer free keeps them for what is forwarded.
    private const long PeerHoldMs = 250; // Of frames of a peer that knows sooner than this node that it is the owner.
    private const int LinkAddressesBytes = 12;
    private const int LinkAddressBits = 48;
    private const int Ipv6DestinationOffset = 24;

    private readonly HeldFrames _leaving = new(HeldMax);
    private readonly HeldFrames _coming = new(HeldMax);
    private readonly FrameDescriptor[] _burst = new FrameDescriptor[FrameDescriptor.BurstMax];
    private DetourRoute? _route;
    private long _holdUntilMs;
    private long _sentCount;
    private long _heldCount;

    private enum Fate
    {
        Dropped,
        Turned,
        Waits,
        ForHost,
    }

    /// <summary>Where the owner is; without a next address while it is nobody, or this node. Any thread.</summary>
    internal DetourRoute? Route
    {
        get => Volatile.Read(ref _route);
        set => Volatile.Write(ref _route, value);
    }

    /// <summary>Until when frames wait for an owner to be known, ms of the worker's clock. Any thread.</summary>
    internal long HoldUntilMs
    {
        get => Volatile.Read(ref _holdUntilMs);
        set => Volatile.Write(ref _holdUntilMs, value);
    }

    /// <summary>Frames sent on. Any thread.</summary>
    internal long SentCount => Volatile.Read(ref _sentCount);

    /// <summary>Frames that waited. Any thread.</summary>
    internal long HeldCount => Volatile.Read(ref _heldCount);

    /// <summary>Whether frames wait that could go on now.</summary>
    internal bool HasMore => _leaving.Count != 0 && HasOwner(Route);

    /// <summary>Sends on, keeps or drops a burst.</summary>
    /// <param name="frames">Nobody's afterwards.</param>
    /// <param name="nowMs">Clock, ms.</param>
    internal void Send(Span<FrameDescriptor> frames, long nowMs)
    {
        DetourRoute? route = Route;
        int start = 0;
        int end = 0;
        int sent = 0;
        for (int i = 0; i < frames.Length; i++)
        {
            if (Decide(in frames[i], route, nowMs) != Fate.Turned)
                continue;
            if (end != start && frames[i].PortIndex != frames[start].PortIndex)
            {
                emitter.Relay(frames[start..end]);
                start = end;
            }

            frames[end++] = frames[i];
            sent++;
        }

        if (end != start)
            emitter.Relay(frames[start..end]);
        Volatile.Write(ref _sentCount, _sentCount + sent);
    }

    /// <summary>Frames that need wait no longer.</summary>
    /// <param name="isOwned">Whether this node forwards the shard now: then they are its own.</param>
    /// <param name="nowMs">Clock, ms.</param>
    /// <returns>For the shard, at most a burst; empty where there are none, or they were sent on or dropped.</returns>
    internal Span<FrameDescriptor> Release(bool isOwned, long nowMs)
    {
        if (_leaving.Count == 0 && _coming.Count == 0)
            return default;
        if (isOwned)
            return _burst.AsSpan(0, _leaving.Count != 0 ? _leaving.Take(_burst) : _coming.Take(_burst));
        while (_leaving.TryTakeExpired(nowMs, out FrameDescriptor late) || _coming.TryTakeExpired(nowMs, out late))
            Drop(in late);
        if (HasOwner(Route) && _leaving.Count != 0)
            Send(_burst.AsSpan(0, _leaving.Take(_burst)), nowMs);
        return default;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        _leaving.Dispose();
        _coming.Dispose();
    }

    private static bool HasOwner(DetourRoute? route) => route is { Next.Length: > 0 };

    private Fate Decide(in FrameDescriptor frame, DetourRoute? route, long nowMs)
    {
        Fate fate = IsShards(in frame) ? FateOf(in frame, route, nowMs) : Fate.ForHost;
        if (fate == Fate.Dropped)
            Drop(in frame);
        else if (fate == Fate.ForHost)
            GiveToHost(in frame);
        return fate;
    }

    // What the kernel of this box is asked or told: link-layer protocols, its own addresses, neighbour discovery.
    private bool IsShards(in FrameDescriptor frame)
    {
        if (frame.Kind is PacketKind.Flow or PacketKind.Fragment or PacketKind.IcmpError or PacketKind.OtherIPv4)
            return !state.Resolver.IsLocal(MappedAddress.OfBe(frame.Key.DstAddrBe));
        if (frame.Kind != PacketKind.IPv6)
            return frame.Kind is not (PacketKind.Arp or PacketKind.OtherLink);
        ReadOnlySpan<byte> destination = umem.Frame(frame.FrameOffset, frame.LengthBytes)[(frame.L3Offset + Ipv6DestinationOffset)..];
        bool isOfLink = destination[0] == byte.MaxValue || (destination[0] == 0xFE && (destination[1] & 0xC0) == 0x80);
        return !isOfLink && !state.Resolver.IsLocal(MemoryMarshal.Read<Ipv6Address>(destination).ToUInt128());
    }

    // A hairpinned frame is half translated, and would come to the owner from the wrong side.
    private Fate FateOf(in FrameDescriptor frame, DetourRoute? route, long nowMs)
    {
        Span<byte> addresses = umem.Frame(frame.FrameOffset, LinkAddressesBytes);
        ulong destination = BinaryPrimitives.ReadUInt64BigEndian(addresses) >> (64 - LinkAddressBits);
        ulong source = BinaryPrimitives.ReadUInt64BigEndian(addresses[4..]) & ((1UL << LinkAddressBits) - 1);
        bool isForThisNode = route is not null && frame.PortIndex < route.Own.Length && (destination == route.Own[frame.PortIndex] || route.Virtual.AsSpan().Contains(destination)); // A switch floods what it does not know.
        if (!isForThisNode || (frame.Flags & FrameFlags.Hairpinned) != FrameFlags.None)
            return Fate.Dropped;
        if (route!.Peers.AsSpan().Contains(source))
            return Keep(_coming, in frame, nowMs + PeerHoldMs);
        if (!HasOwner(route))
            return nowMs < HoldUntilMs ? Keep(_leaving, in frame, HoldUntilMs) : Fate.Dropped;
        if (frame.PortIndex >= route.Next.Length || route.Next[frame.PortIndex] == 0)
            return Fate.Dropped;
        Write(addresses, route.Next[frame.PortIndex]);
        Write(addresses[6..], route.Own[frame.PortIndex]);
        return Fate.Turned;
    }

    private Fate Keep(HeldFrames held, in FrameDescriptor frame, long untilMs)
    {
        if (pool.Available < ChunksKept || !held.TryAdd(in frame, untilMs))
            return Fate.Dropped;
        Volatile.Write(ref _heldCount, _heldCount + 1);
        return Fate.Waits;
    }

    private void GiveToHost(in FrameDescriptor frame)
    {
        FrameDescriptor one = frame;
        emitter.Emit(new Span<FrameDescriptor>(ref one), [Verdict.PassToHost], nowMs: 0);
    }

    private void Drop(in FrameDescriptor frame)
    {
        state.Drops.Add(DropReason.ShardElsewhere);
        pool.Return(umem.ChunkOf(frame.FrameOffset));
    }

    private static void Write(Span<byte> to, ulong address)
    {
        BinaryPrimitives.WriteUInt16BigEndian(to, (ushort)(address >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(to[2..], (uint)address);
    }
}
