using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Gateway.Flow;
using Natflow.Memory;

namespace Natflow.Gateway.Replication;

/// <summary>
/// Takes the frames of a shard while another node owns it: sends them on to the owner as they came, but for the link addresses, once; the rest is dropped, never
/// answered, so that no end takes a takeover for a refusal.
/// </summary>
/// <remarks>The shard's thread, but for <see cref="Route"/>.</remarks>
internal sealed class ShardDetour(ShardState state, Umem umem, ChunkPool pool, FrameEmitter emitter)
{
    private const int LinkAddressesBytes = 12;
    private const int LinkAddressBits = 48;
    private const ulong GroupBit = 1UL << 40;

    private DetourRoute? _route;
    private long _sentCount;

    /// <summary>Where the owner is; null while nobody is known. Any thread.</summary>
    internal DetourRoute? Route
    {
        get => Volatile.Read(ref _route);
        set => Volatile.Write(ref _route, value);
    }

    /// <summary>Frames sent on. Any thread.</summary>
    internal long SentCount => Volatile.Read(ref _sentCount);

    /// <summary>Sends on or drops a burst.</summary>
    /// <param name="frames">Nobody's afterwards.</param>
    internal void Send(Span<FrameDescriptor> frames)
    {
        DetourRoute? route = Route;
        int start = 0;
        int end = 0;
        for (int i = 0; i < frames.Length; i++)
        {
            if (route is null || !TryTurn(in frames[i], route))
            {
                state.Drops.Add(DropReason.ShardElsewhere);
                pool.Return(umem.ChunkOf(frames[i].FrameOffset));
                continue;
            }

            if (end != start && frames[i].PortIndex != frames[start].PortIndex)
            {
                emitter.Relay(frames[start..end]);
                start = end;
            }

            frames[end++] = frames[i];
        }

        if (end != start)
            emitter.Relay(frames[start..end]);
        Volatile.Write(ref _sentCount, _sentCount + end);
    }

    // A hairpinned frame is half translated, and would come to the owner from the wrong side.
    private bool TryTurn(in FrameDescriptor frame, DetourRoute route)
    {
        bool isIpv4 = frame.Kind is PacketKind.Flow or PacketKind.Fragment or PacketKind.IcmpError or PacketKind.OtherIPv4;
        if (!isIpv4 || (frame.Flags & FrameFlags.Hairpinned) != FrameFlags.None || frame.PortIndex >= route.Next.Length
            || route.Next[frame.PortIndex] == 0 || state.Resolver.IsLocal(MappedAddress.OfBe(frame.Key.DstAddrBe)))
        {
            return false;
        }

        Span<byte> addresses = umem.Frame(frame.FrameOffset, LinkAddressesBytes);
        ulong destination = BinaryPrimitives.ReadUInt64BigEndian(addresses) >> (64 - LinkAddressBits);
        ulong source = BinaryPrimitives.ReadUInt64BigEndian(addresses[4..]) & ((1UL << LinkAddressBits) - 1);
        if ((destination & GroupBit) != 0 || route.Peers.AsSpan().Contains(source))
            return false;
        Write(addresses, route.Next[frame.PortIndex]);
        Write(addresses[6..], route.Own[frame.PortIndex]);
        return true;
    }

    private static void Write(Span<byte> to, ulong address)
    {
        BinaryPrimitives.WriteUInt16BigEndian(to, (ushort)(address >> 32));
        BinaryPrimitives.WriteUInt32BigEndian(to[2..], (uint)address);
    }
}
