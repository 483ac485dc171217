using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;
using Natflow.Memory;
using Natflow.Packets.Icmp;
using Natflow.Packets.Ip;

namespace Natflow.Flows.Ipv6;

/// <summary>Answers a refused packet by an ICMPv6 error, in the packet's own chunk. Owner thread only; no allocation.</summary>
internal sealed class Ipv6ErrorSender(ShardState shard, Umem umem)
{
    // What a port keeps in the first bytes of a chunk stays.
    private const int PortNoteBytes = 8;

    /// <summary>Turns the frame into the error that its drop reason asks for.</summary>
    /// <param name="frame">IPv6 as it came in, unchanged.</param>
    /// <param name="reason">Why it is refused.</param>
    /// <param name="mtuBytes">For a packet too big, the MTU to tell.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <returns>Reflect, or Drop where no error is due, known to be due from nobody, or one too many.</returns>
    internal Verdict Answer(ref FrameDescriptor frame, DropReason reason, int mtuBytes, long nowMs)
    {
        if (!TryChoose(reason, frame.Key.Side, out byte type, out byte code) || (frame.Flags & FrameFlags.Hairpinned) != FrameFlags.None)
            return Verdict.Drop;
        Span<byte> packet = umem.Frame(frame.FrameOffset, frame.LengthBytes)[frame.L3Offset..];
        if (!Icmpv6ErrorBuilder.MayAnswer(packet, frame.Key.Protocol, frame.TcpFlags, type == Icmpv6Type.PacketTooBig))
            return Verdict.Drop;

        bool isSwitchedOn = frame.Key.Side == Side.Lan ? shard.Settings.IcmpErrorsInside : shard.Settings.IcmpErrorsOutside;
        if (!isSwitchedOn)
            return Verdict.Drop;
        ref Ipv6Counters counters = ref shard.Ipv6.Counters;
        Ipv6Address sender = Ipv6Address.Read(packet[Ipv6Rewriter.SrcOffset..]);
        ushort path = frame.Key.Side == Side.Lan
            ? shard.Resolver.Inside(sender.ToUInt128(), frame.Key.Zone)
            : shard.Resolver.Outside(sender.ToUInt128());
        uint chunk = umem.ChunkOf(frame.FrameOffset);
        int start = (int)(frame.FrameOffset - chunk);
        if (shard.Ipv6.OwnAddresses[(int)frame.Key.Side] is not { } source || path == PathTable.None
            || start + frame.L3Offset < Icmpv6ErrorBuilder.HeaderBytes + PathRecord.HeaderBytesMax + PortNoteBytes)
        {
            counters.ErrorsWithoutSource++;
            return Verdict.Drop;
        }

        if (!MayTell(in sender, in frame.Key, nowMs) || !shard.Ipv6.Budget.TryTake(nowMs))
        {
            counters.ErrorsLimited++;
            return Verdict.Drop;
        }

        Span<byte> room = umem.Frame(chunk, start + frame.LengthBytes);
        uint rest = type == Icmpv6Type.PacketTooBig ? (uint)mtuBytes : 0;
        frame.LengthBytes = (ushort)Icmpv6ErrorBuilder.Build(room, start, frame.L3Offset, in source, type, code, rest);
        frame.FrameOffset -= Icmpv6ErrorBuilder.HeaderBytes;
        frame.PathIndex = path;
        counters.ErrorsSent++;
        return Verdict.Reflect;
    }

    // A subscriber's share is one for both families.
    private bool MayTell(in Ipv6Address sender, in FlowKey key, long nowMs)
    {
        uint user = key.Side == Side.Lan ? shard.Ipv6.FindUser(in sender, key.Zone) : FlowTable.None;
        return user == FlowTable.None || shard.IcmpUserRate.TryTake(ref shard.Users[user].IcmpDueUs, nowMs);
    }

    // The outside learns only what a router must tell (RFC 4443 section 3.2, 3.3); why it is not let in is not its business (RFC 6092 section 3).
    private static bool TryChoose(DropReason reason, Side side, out byte type, out byte code)
    {
        type = Icmpv6Type.DestinationUnreachable;
        code = Icmpv6Type.CodeProhibited;
        switch (reason)
        {
            case DropReason.PacketTooBig:
                type = Icmpv6Type.PacketTooBig;
                code = 0;
                return true;
            case DropReason.TtlExpired:
                type = Icmpv6Type.TimeExceeded;
                code = 0;
                return true;
            case DropReason.StaleGeneration:
                code = Icmpv6Type.CodeSourceFailedPolicy;
                return side == Side.Lan;
            case DropReason.NoRoute or DropReason.UntranslatableFamily:
                code = Icmpv6Type.CodeNoRoute;
                return side == Side.Lan;
            case DropReason.Policy or DropReason.LoginRequired or DropReason.FlowQuotaExceeded or DropReason.FlowTableFull or DropReason.UserTableFull
                or DropReason.MappingTableFull or DropReason.PortsExhausted:
                return side == Side.Lan;
            default:
                return false;
        }
    }
}
