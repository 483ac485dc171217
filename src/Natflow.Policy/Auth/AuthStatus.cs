namespace Natflow.Policy.Auth;

/// <summary>A user's status. The numbers leave the process; operators may set any other, which passes.</summary>
public enum AuthStatus : byte
{
    /// <summary>Not matched yet, or kicked.</summary>
    None = 0,

    /// <summary>Let in.</summary>
    Ok = 1,

    /// <summary>Let in by the operator.</summary>
    Bypass = 2,

    /// <summary>Has to log in.</summary>
    Required = 3,

    /// <summary>On a white list.</summary>
    Vip = 5,

    /// <summary>Everything is dropped.</summary>
    Blocked = 6,
}
