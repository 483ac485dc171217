using System.Runtime.CompilerServices;
using Natflow.Core;
using Natflow.Flows.Table;
using Natflow.Packets;

namespace Natflow.Flows.Shards;

/// <summary>Puts a flow's rewrite on a packet: external source for in2out, inside destination for out2in.</summary>
internal static class FlowTranslation
{
    /// <summary>Rewrites address, port, TTL and checksums. The parser vouches for the headers, the caller for the TTL.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)] // The hot loop and one slow caller.
    internal static void Apply(Span<byte> bytes, ref readonly FrameDescriptor frame, ref readonly FlowRecord flow, uint side)
    {
        if (side == (uint)Side.Lan)
        {
            NatRewriter.RewriteSource(
                bytes, frame.L3Offset, frame.L4Offset, flow.Protocol, flow.ExternalAddrBe, flow.ExternalPortBe, flow.L3Delta, flow.L4Delta);
        }
        else
        {
            NatRewriter.RewriteDestination(
                bytes, frame.L3Offset, frame.L4Offset, flow.Protocol, flow.InsideAddrBe, flow.InsidePortBe,
                Checksum.Negate(flow.L3Delta), Checksum.Negate(flow.L4Delta));
        }
    }

    /// <summary>As <see cref="Apply"/>, for a fragment that carries no transport header.</summary>
    internal static void ApplyAddress(Span<byte> bytes, ref readonly FrameDescriptor frame, ref readonly FlowRecord flow, uint side)
    {
        if (side == (uint)Side.Lan)
            NatRewriter.RewriteSourceAddress(bytes, frame.L3Offset, flow.ExternalAddrBe, flow.L3Delta);
        else
            NatRewriter.RewriteDestinationAddress(bytes, frame.L3Offset, flow.InsideAddrBe, Checksum.Negate(flow.L3Delta));
    }

    /// <summary>Takes back what <see cref="Apply"/> did to a packet from inside: it is again as its sender sent it.</summary>
    internal static void Undo(Span<byte> bytes, ref readonly FrameDescriptor frame, ref readonly FlowRecord flow)
    {
        NatRewriter.RewriteSource(
            bytes, frame.L3Offset, frame.L4Offset, flow.Protocol, flow.InsideAddrBe, flow.InsidePortBe, Checksum.Negate(flow.L3Delta), Checksum.Negate(flow.L4Delta));
        NatRewriter.RestoreTtl(bytes, frame.L3Offset); // The rewrite stepped it once more.
        NatRewriter.RestoreTtl(bytes, frame.L3Offset);
    }
}
