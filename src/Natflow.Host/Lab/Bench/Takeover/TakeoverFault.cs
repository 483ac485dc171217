namespace Natflow.Host.Lab.Bench.Takeover;

/// <summary>How a gateway goes.</summary>
public enum TakeoverFault
{
    /// <summary>Its process is killed: the reset of its connections proves the death.</summary>
    Kill,

    /// <summary>Its process is stopped where it is, as a paused virtual machine: its lease must run out.</summary>
    Pause,

    /// <summary>All its links are cut, as when the power goes: its lease must run out.</summary>
    Cut,

    /// <summary>It is asked to give its shards to others.</summary>
    Drain,
}
