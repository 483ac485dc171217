using System.Threading.Channels;
using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Gateway.Views;

namespace Natflow.Gateway.Trace;

/// <summary>Asks a flow actor to report on the packets of some flows from now on. One trace a shard: a new one replaces the old.</summary>
/// <param name="Filter">Which packets.</param>
/// <param name="Output">Gets the reports; a full one loses them.</param>
/// <param name="End">Ends the trace, at the next packet.</param>
public sealed record TraceRequest(FlowFilter Filter, ChannelWriter<PacketTrace> Output, CancellationToken End);

/// <summary>What became of one packet, stage by stage.</summary>
/// <param name="ShardIndex">Shard that decided.</param>
/// <param name="TimeMs">Shard clock, ms.</param>
/// <param name="PortIndex">Port it came in by.</param>
/// <param name="Side">Side it came from.</param>
/// <param name="Kind">What the parser found.</param>
/// <param name="Key">Key before translation.</param>
/// <param name="TcpFlags">TCP flag byte, or ICMP type.</param>
/// <param name="LengthBytes">Frame bytes.</param>
/// <param name="IsHairpinned">Whether this is the second pass of a packet between subscribers.</param>
/// <param name="Before">Its flow before; null where there was none.</param>
/// <param name="IsFastPath">Whether the hot path took it.</param>
/// <param name="Verdict">The decision.</param>
/// <param name="Reason">Why it was dropped, at decision or transmission; none where it left.</param>
/// <param name="After">Its flow afterwards; null where there is none.</param>
/// <param name="Path">The way it took; null where it was not forwarded.</param>
public sealed record PacketTrace(
    int ShardIndex,
    long TimeMs,
    byte PortIndex,
    Side Side,
    PacketKind Kind,
    FlowKey Key,
    byte TcpFlags,
    int LengthBytes,
    bool IsHairpinned,
    FlowView? Before,
    bool IsFastPath,
    Verdict Verdict,
    DropReason Reason,
    FlowView? After,
    PathTrace? Path);

/// <summary>The way a traced packet took.</summary>
/// <param name="PortIndex">Egress port.</param>
/// <param name="State">How far the way is known.</param>
/// <param name="MtuBytes">Its MTU.</param>
/// <param name="InterfaceIndex">Interface of the next hop; 0 where frames keep their link header.</param>
/// <param name="NextHop">The next hop: IPv6, or IPv4 mapped into it.</param>
/// <param name="Header">The link header, without its last two bytes.</param>
public sealed record PathTrace(byte PortIndex, PathState State, int MtuBytes, int InterfaceIndex, UInt128 NextHop, byte[] Header);
