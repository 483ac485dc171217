using System.Runtime.InteropServices;

namespace Natflow.Inspect.Apps;

/// <summary>A flow's classification: 32 bytes, all zero for a flow that was not seen yet. Lives where its owner's flow lives; the owner's thread alone touches it.</summary>
[StructLayout(LayoutKind.Sequential, Size = SizeBytes)]
public struct AppFlow
{
    /// <summary>Size in bytes.</summary>
    public const int SizeBytes = 32;

    /// <summary>The answer: the first result, a protocol's or application's id in the catalogue; 0 while there is none. Never changes once set.</summary>
    public ushort AnswerId;

    /// <summary>The protocol, a carrier too; 0 while not known.</summary>
    public FlowProtocol Protocol;

    /// <summary>The application, 0 while not known. Of a DNS flow: that of the name asked for.</summary>
    public ushort AppId;

    /// <summary>What decided <see cref="AnswerId"/>.</summary>
    public AppSource Source;

    internal AppFlowFlags Flags;

    // The claimed machine and its state, as the original packs them: bit 15 claimed, 14 to 8 machine, 7 to 0 state.
    internal ushort Word;

    // Weak evidence that no later packet has spoken against yet, and what those packets must have in common with it.
    internal ushort WeakId;
    internal uint WeakMark;
    internal AppSource WeakSource;
    internal EvidenceStrength WeakStrength;
    internal TextHints Hints;
    internal byte OriginalPackets;
    internal byte ReplyPackets;
    internal ushort OriginalBytes;
    internal ushort ReplyBytes;
    internal ushort PacketsTotal;

    // What DNS says of the server; stands in when nothing of the flow itself names an application.
    internal ushort InferredId;

    /// <summary>The packets of the flow are no longer wanted.</summary>
    public readonly bool IsFinished => (Flags & AppFlowFlags.Finished) != AppFlowFlags.None;

    /// <summary>The answer came from a packet of the end that did not begin the flow.</summary>
    public readonly bool IsFromReply => (Flags & AppFlowFlags.FromReply) != AppFlowFlags.None;

    /// <summary>The application is that of the name DNS last gave the address.</summary>
    public readonly bool IsInferred => (Flags & AppFlowFlags.Inferred) != AppFlowFlags.None;

    // Word of the original in its place and the direction in which a signature holds is sure only after a SYN.
    internal readonly bool IsOriginSure => (Flags & AppFlowFlags.OriginSure) != AppFlowFlags.None;
}
