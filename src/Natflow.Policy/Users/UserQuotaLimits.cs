namespace Natflow.Policy.Users;

/// <summary>What a user may use up.</summary>
[Flags]
public enum UserQuotaLimits : byte
{
    /// <summary>Nothing is used up.</summary>
    None = 0,

    /// <summary>The volume is.</summary>
    Volume = 1,

    /// <summary>The time is.</summary>
    Time = 2,

    /// <summary>There are more identifiers than allowed.</summary>
    Devices = 4,
}
