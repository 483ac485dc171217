namespace Natflow.Journal.Events;

/// <summary>A subscriber's first packet.</summary>
/// <param name="User">Address.</param>
/// <param name="Zone">Zone.</param>
/// <param name="Mac">Link address, or null.</param>
/// <param name="Interface">LAN interface that it is behind, or null.</param>
public sealed record UserSeen(string User, int Zone, string? Mac = null, string? Interface = null) : IJournalEvent
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
/// <param name="Rule">The rule of authentication, or null.</param>
/// <param name="Zone">Zone.</param>
/// <param name="EndsAt">When the session ends, ISO 8601; null for no end.</param>
/// <param name="Rates">Rates of the session; null leaves those before.</param>
/// <param name="VolumeBytesMax">Bytes of both directions that it may use; 0 for no limit.</param>
/// <param name="VolumeBaseBytes">The subscriber's total at the time.</param>
/// <param name="DeviceCountMax">Addresses at a time; 0 for no limit.</param>
/// <param name="IsOfSession">Whether the rates end with the session.</param>
public sealed record UserLoggedIn(
    string User, string? Login, string? Rule, int Zone = 0, string? EndsAt = null, UserRates? Rates = null, ulong VolumeBytesMax = 0, ulong VolumeBaseBytes = 0, int DeviceCountMax = 0,
    bool IsOfSession = false)
    : IJournalEvent
{
    string? IJournalEvent.Subject => User;
}

/// <summary>A subscriber is not authenticated any more.</summary>
/// <param name="User">Address.</param>
/// <param name="Login">Its name, or null.</param>
/// <param name="Reason">Why.</param>
/// <param name="Zone">Zone.</param>
/// <param name="BytesOut">Bytes it sent so far.</param>
/// <param name="BytesIn">Bytes it got so far.</param>
public sealed record UserLoggedOut(string User, string? Login, string Reason, int Zone = 0, ulong BytesOut = 0, ulong BytesIn = 0) : IJournalEvent
{
    string? IJournalEvent.Subject => User;
}

/// <summary>An operator sent a subscriber away.</summary>
/// <param name="User">Address.</param>
/// <param name="Operator">Who.</param>
/// <param name="Zone">Zone.</param>
/// <param name="BytesOut">Bytes it sent until then.</param>
/// <param name="BytesIn">Bytes it got until then.</param>
public sealed record UserKicked(string User, string Operator, int Zone = 0, ulong BytesOut = 0, ulong BytesIn = 0) : IJournalEvent
{
    string? IJournalEvent.Subject => User;
}

/// <summary>A subscriber's rates were set.</summary>
/// <param name="User">Address.</param>
/// <param name="UpBitsPerSecond">0 sets no limit.</param>
/// <param name="DownBitsPerSecond">0 sets no limit.</param>
/// <param name="Operator">Who.</param>
/// <param name="Zone">Zone.</param>
/// <param name="BurstMicroseconds">Time at the rates that a silent subscriber may send faster.</param>
public sealed record UserLimitSet(string User, long UpBitsPerSecond, long DownBitsPerSecond, string Operator, int Zone = 0, long BurstMicroseconds = 0) : IJournalEvent
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
