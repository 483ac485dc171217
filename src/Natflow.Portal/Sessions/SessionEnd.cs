namespace Natflow.Portal.Sessions;

/// <summary>Why a session ended; the numbers are those of Acct-Terminate-Cause (RFC 2866 section 5.10).</summary>
internal enum SessionEnd : byte
{
    /// <summary>It has not.</summary>
    None = 0,

    /// <summary>The user wanted it.</summary>
    UserRequest = 1,

    /// <summary>Without traffic for too long.</summary>
    IdleTimeout = 4,

    /// <summary>Its time was over.</summary>
    SessionTimeout = 5,

    /// <summary>The operator or a RADIUS server wanted it.</summary>
    AdminReset = 6,

    /// <summary>The gateway stops.</summary>
    AdminReboot = 7,

    /// <summary>Its volume or its devices were used up.</summary>
    NasRequest = 10,
}
