namespace Natflow.Inspect.Apps;

/// <summary>What a packet or a name did to a flow's classification.</summary>
public enum AppOutcome : byte
{
    /// <summary>Nothing yet: the flow's next packets are wanted.</summary>
    Pending = 0,

    /// <summary>The flow has its answer now: an event is due.</summary>
    Matched = 1,

    /// <summary>The flow's packets are no longer wanted; nothing new came of this one.</summary>
    Finished = 2,
}
