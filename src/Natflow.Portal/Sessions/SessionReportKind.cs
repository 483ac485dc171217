namespace Natflow.Portal.Sessions;

/// <summary>What happened to a session; the numbers are those of Acct-Status-Type (RFC 2866 section 5.1).</summary>
internal enum SessionReportKind : byte
{
    /// <summary>It has begun.</summary>
    Start = 1,

    /// <summary>It is over.</summary>
    Stop = 2,

    /// <summary>It goes on.</summary>
    Interim = 3,
}
