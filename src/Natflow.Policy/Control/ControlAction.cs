namespace Natflow.Policy.Control;

/// <summary>What a line asks for beside a change of the model.</summary>
public enum ControlAction
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Every offloaded and learned path is void.</summary>
    RenewPaths,

    /// <summary>The wires of the model go into force, in place of those that run.</summary>
    ApplyWires,

    /// <summary>The wires that run end.</summary>
    StopWires,

    /// <summary>The interfaces and their flags go to the log.</summary>
    LogInterfaces,

    /// <summary>Every interface is matched against the zone rules anew.</summary>
    MatchZones,

    /// <summary>The zone of each interface goes to the log.</summary>
    LogZones,

    /// <summary>Every user is matched against the auth rules anew.</summary>
    RenewAuth,

    /// <summary>Every flow ends.</summary>
    EndFlows,

    /// <summary>The DPI counters and events are zeroed.</summary>
    ClearDpi,
}
