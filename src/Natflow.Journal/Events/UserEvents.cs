namespace Natflow.Journal.Events;

/// <summary>A subscriber's first packet.</summary>
/// <param name="User">Address.</param>
/// <param name="Zone">Zone.</param>
/// <param name="Mac">Link address, or null.</param>
public sealed record UserSeen(string User, int Zone, string? Mac = null) : IJournalEvent
{
    string? IJournalEvent.Subject => User;
}

/// <summary>A subscriber was forgotten after its idle time.</summary>
/// <param name="User">Address.</param>
/// <param name="Zone">Zone.</param>
/// <param name="BytesOut">Bytes it sent.</param>
/// <param name="BytesIn">Bytes it got.</param>
public sealed record UserGone(string User, int Zone, long BytesOut, long BytesIn) : IJournalEvent
{
    string? IJournalEvent.Subject => User;
}

/// <summary>A subscriber was authenticated.</summary>
/// <param name="User">Address.</param>
/// <param name="Login">Its name, or null where an address alone suffices.</param>
/// <param name="Rule">The rule of authentication.</param>
public sealed record UserLoggedIn(string User, string? Login, string? Rule) : IJournalEvent
{
    string? IJournalEvent.Subject => User;
}

/// <summary>A subscriber is not authenticated any more.</summary>
/// <param name="User">Address.</param>
/// <param name="Login">Its name, or null.</param>
/// <param name="Reason">Why.</param>
public sealed record UserLoggedOut(string User, string? Login, string Reason) : IJournalEvent
{
    string? IJournalEvent.Subject => User;
}

/// <summary>An operator sent a subscriber away.</summary>
/// <param name="User">Address.</param>
/// <param name="Operator">Who.</param>
public sealed record UserKicked(string User, string Operator) : IJournalEvent
{
    string? IJournalEvent.Subject => User;
}

/// <summary>A subscriber's rates were set.</summary>
/// <param name="User">Address.</param>
/// <param name="UpBitsPerSecond">0 sets no limit.</param>
/// <param name="DownBitsPerSecond">0 sets no limit.</param>
/// <param name="Operator">Who.</param>
public sealed record UserLimitSet(string User, long UpBitsPerSecond, long DownBitsPerSecond, string Operator) : IJournalEvent
{
    string? IJournalEvent.Subject => User;
}

/// <summary>A subscriber's policy changed.</summary>
/// <param name="User">Address.</param>
/// <param name="Generation">Of the policy.</param>
/// <param name="Verdict">forward or drop.</param>
/// <param name="Class">Name of its class, or null.</param>
public sealed record PolicyChanged(string User, long Generation, string Verdict, string? Class = null) : IJournalEvent
{
    string? IJournalEvent.Subject => User;
}

/// <summary>Visits of a host, merged.</summary>
/// <param name="User">Address.</param>
/// <param name="Scheme">http, tls, quic or dns.</param>
/// <param name="Host">Name.</param>
/// <param name="Path">Path of HTTP, else null.</param>
/// <param name="Hits">How many.</param>
/// <param name="Verdict">What the ACL said; null where none did.</param>
public sealed record UrlVisited(string User, string Scheme, string Host, string? Path = null, int Hits = 1, string? Verdict = null) : IJournalEvent
{
    string? IJournalEvent.Subject => User;
}
