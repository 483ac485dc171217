namespace Natflow.Policy.Control;

/// <summary>What a line of <c>natflow_userinfo_ctl</c> asks for.</summary>
public enum UserCommandKind
{
    /// <summary>Nothing: a comment or an empty line.</summary>
    None,

    /// <summary>Every user logs in anew and loses its flows.</summary>
    KickAll,

    /// <summary>As KickAll, for one user.</summary>
    Kick,

    /// <summary>A user gets an auth status.</summary>
    SetStatus,

    /// <summary>A user gets rates.</summary>
    SetRates,
}
