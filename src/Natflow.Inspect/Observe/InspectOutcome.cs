namespace Natflow.Inspect.Observe;

/// <summary>Whether an inspector still needs a flow's packets.</summary>
public enum InspectOutcome : byte
{
    /// <summary>More packets are wanted: the flow is not offloaded yet.</summary>
    Pending = 0,

    /// <summary>Nothing more is wanted of this flow.</summary>
    Done = 1,
}
