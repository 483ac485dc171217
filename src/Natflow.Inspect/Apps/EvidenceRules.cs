namespace Natflow.Inspect.Apps;

/// <summary>
/// When evidence makes an answer. Strong evidence stands alone. Other evidence is kept until a second packet says the same; weak evidence only while no datagram speaks
/// against it.
/// </summary>
internal static class EvidenceRules
{
    /// <summary>Whether a packet's evidence is enough; if not, it is kept in the flow's state, or what was kept is given up.</summary>
    internal static bool IsSupported(ref AppFlow flow, in AppPacket packet, in Evidence found)
    {
        if (found.IsStrong)
            return true;
        if (found.IsNone)
        {
            OnUnexplained(ref flow, in packet);
            return false;
        }

        if (found.Id == flow.WeakId)
            return found.Strength >= EvidenceStrength.Weak && Math.Abs((long)found.Mark - flow.WeakMark) <= 1;
        bool isAllowed = found.Strength == EvidenceStrength.Backed || (flow.Flags & AppFlowFlags.Unexplained) == AppFlowFlags.None;
        if (!isAllowed || (flow.WeakId != 0 && flow.WeakStrength <= found.Strength))
            return false;
        flow.WeakId = found.Id;
        flow.WeakSource = found.Source;
        flow.WeakStrength = found.Strength;
        flow.WeakMark = found.Mark;
        flow.Flags = packet.IsReply ? flow.Flags | AppFlowFlags.WeakFromReply : flow.Flags & ~AppFlowFlags.WeakFromReply;
        return false;
    }

    // Segments go on where others stopped; a datagram is whole, and what has no meaning in it speaks against what the others meant. QUIC's short
    // headers are compared in one direction alone: the other may send anything.
    private static void OnUnexplained(ref AppFlow flow, in AppPacket packet)
    {
        if (packet.IsTcp || (flow.WeakId == (ushort)FlowProtocol.Quic && packet.IsReply != ((flow.Flags & AppFlowFlags.WeakFromReply) != AppFlowFlags.None)))
            return;
        if (flow.WeakId == 0)
            flow.Flags |= AppFlowFlags.Unexplained;
        else if (flow.WeakStrength >= EvidenceStrength.Weak)
            flow.WeakId = 0;
    }
}
