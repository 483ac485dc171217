namespace Natflow.Gateway.Replay;

/// <summary>What a replay counted beside the gateway's own counters.</summary>
public struct ReplayCounters
{
    /// <summary>Conversations seen in the capture.</summary>
    public ulong Conversations;

    /// <summary>Answers that came back through the gateway and were compared with what was recorded.</summary>
    public ulong AnswersChecked;

    /// <summary>Of those, the ones that differ in more than TTL and checksum: each is a fault of the gateway.</summary>
    public ulong AnswersWrong;

    /// <summary>Frames that were only observed.</summary>
    public ulong Observed;
}
