namespace Natflow.Inspect.Observe;

/// <summary>What an inspector counts. Written by its owner; others may read and may lag.</summary>
public sealed class InspectorCounters
{
    /// <summary>TCP segments with payload, and datagrams, that were looked at.</summary>
    public ulong Packets { get; internal set; }

    /// <summary>Flows that were entered.</summary>
    public ulong Flows { get; internal set; }

    /// <summary>Observations reported.</summary>
    public ulong Observations { get; internal set; }

    /// <summary>Observations lost because the batch was full.</summary>
    public ulong BatchFull { get; internal set; }

    /// <summary>Flows let go before they were decided, to make room for others.</summary>
    public ulong FlowsEvicted { get; internal set; }

    /// <summary>Flows let go because they used up their packets or their time.</summary>
    public ulong BudgetsSpent { get; internal set; }

    /// <summary>Pieces that came when no page was free, and none could be freed.</summary>
    public ulong PagesExhausted { get; internal set; }

    /// <summary>Streams let go because a piece lay too far ahead, or there were too many holes, or a message is longer than the window.</summary>
    public ulong WindowsExceeded { get; internal set; }

    /// <summary>ClientHellos that contradict themselves and give no name.</summary>
    public ulong HellosMalformed { get; internal set; }

    /// <summary>QUIC Initial packets that no key opened.</summary>
    public ulong InitialsNotOpened { get; internal set; }

    /// <summary>DNS messages or questions that could not be read.</summary>
    public ulong DnsMalformed { get; internal set; }

    /// <summary>Fragments that could not be kept, or whose datagram was never whole.</summary>
    public ulong FragmentsDropped { get; internal set; }

    /// <summary>Pages of waiting payload in use.</summary>
    public int PagesUsed { get; internal set; }
}
