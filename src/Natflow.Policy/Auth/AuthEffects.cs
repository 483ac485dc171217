namespace Natflow.Policy.Auth;

/// <summary>What a step asks of the user's owner.</summary>
[Flags]
public enum AuthEffects
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The compiled policy changed: a new generation, so that every flow is judged anew, offloaded ones too.</summary>
    Recompile = 1,

    /// <summary>The user's flows end.</summary>
    EndFlows = 2,

    /// <summary>An event is recorded.</summary>
    Report = 4,

    /// <summary>The counters start anew.</summary>
    ResetCounters = 8,

    /// <summary>The user is gone: its last counters are recorded and it is forgotten.</summary>
    Expire = 16,
}
