using System.Runtime.InteropServices;

namespace Natflow.Flows.Offers;

/// <summary>A message of the offload actor to a shard.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = SizeBytes)]
public struct OfferAnswer
{
    /// <summary>Size in bytes: one cache line.</summary>
    public const int SizeBytes = 64;

    /// <summary>The flow.</summary>
    public FlowCookie Cookie;

    /// <summary>Packets from inside, since the last answer.</summary>
    public ulong PacketsOut;

    /// <summary>L3 bytes from inside, since the last answer.</summary>
    public ulong BytesOut;

    /// <summary>Packets from outside, since the last answer.</summary>
    public ulong PacketsIn;

    /// <summary>L3 bytes from outside, since the last answer.</summary>
    public ulong BytesIn;

    /// <summary>Last packet from inside, CLOCK_MONOTONIC, ms modulo 2^32; counts where there were packets.</summary>
    public uint LastSeenOutMs;

    /// <summary>Last packet from outside.</summary>
    public uint LastSeenInMs;

    /// <summary>The user's policy record: whom a flow's last bytes are charged to when it has ended.</summary>
    public uint PolicyIndex;

    /// <summary>What is told.</summary>
    public AnswerKind Kind;

    /// <summary>Why, for <see cref="AnswerKind.NotBound"/> and <see cref="AnswerKind.Final"/>.</summary>
    public OffloadReason Reason;
}
