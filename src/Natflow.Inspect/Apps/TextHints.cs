namespace Natflow.Inspect.Apps;

/// <summary>What one side said that the other's next words decide.</summary>
[Flags]
internal enum TextHints : byte
{
    None = 0,

    /// <summary><c>220</c>: SMTP or FTP.</summary>
    Greeting220 = 1 << 0,

    /// <summary><c>+OK</c>: POP3.</summary>
    GreetingOk = 1 << 1,

    /// <summary><c>* OK</c> or <c>* PREAUTH</c>: IMAP.</summary>
    GreetingStar = 1 << 2,

    /// <summary>The client said <c>USER</c>: FTP or POP3.</summary>
    UserCommand = 1 << 3,

    /// <summary>PostgreSQL's request for GSS encryption, which one byte answers.</summary>
    GssRequest = 1 << 4,
}
