using Natflow.Core;

namespace Natflow.Testing.Flows;

/// <summary>What became of a frame.</summary>
/// <param name="Verdict">The shard's last word; a hairpinned frame's second pass is in it.</param>
/// <param name="Reason">What the drop counters were charged with; none where nothing was counted.</param>
/// <param name="Egress">Side that the frame leaves by.</param>
/// <param name="Frame">The bytes as they leave, or as they lie where the frame does not.</param>
/// <param name="IsHairpinned">It took a second pass.</param>
public sealed record RigPacket(Verdict Verdict, DropReason Reason, Side Egress, byte[] Frame, bool IsHairpinned)
{
    /// <summary>The IPv4 packet.</summary>
    public PacketView Packet => PacketView.Of(Frame);

    /// <summary>Whether it leaves, translated.</summary>
    public bool IsForwarded => Verdict == Verdict.Forward;

    /// <summary>Short form for messages of failed assertions.</summary>
    public override string ToString() => $"{Verdict} {Reason} to {Egress}";
}
