namespace Natflow.Flows.Users;

/// <summary>What of a <see cref="PolicyRecord"/> is in force. The numbers leave the process: BPF reads them.</summary>
[Flags]
public enum PolicyFlags : byte
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The upload meter.</summary>
    MeterUp = 1,

    /// <summary>The download meter.</summary>
    MeterDown = 2,

    /// <summary>The DSCP value is written into each packet.</summary>
    SetDscp = 4,

    /// <summary>No flow of the user may be offloaded.</summary>
    NoOffload = 8,

    /// <summary>Of a rule: the subscriber's own meters are passed over.</summary>
    Exclusive = 16,
}
