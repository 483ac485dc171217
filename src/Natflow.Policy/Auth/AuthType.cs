namespace Natflow.Policy.Auth;

/// <summary>How a rule lets users in.</summary>
public enum AuthType : byte
{
    /// <summary>No rule has matched.</summary>
    Unknown = 0,

    /// <summary>At once.</summary>
    Auto = 1,

    /// <summary>After a login on the portal.</summary>
    Web = 2,
}
