namespace Natflow.Policy.Auth;

/// <summary>What can happen to a user.</summary>
public enum AuthEventKind
{
    /// <summary>A packet of the user was seen on a LAN interface, or the user has to be matched anew.</summary>
    Seen,

    /// <summary>Traffic of the user was seen, offloaded traffic too; nothing else is known.</summary>
    Traffic,

    /// <summary>The user logged in.</summary>
    LoggedIn,

    /// <summary>The user logged out, or its session was ended from outside.</summary>
    LoggedOut,

    /// <summary>The operator sends the user back to the start.</summary>
    Kicked,

    /// <summary>The operator sets the status.</summary>
    StatusSet,

    /// <summary>Time went by.</summary>
    Tick,
}
