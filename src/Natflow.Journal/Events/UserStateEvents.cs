namespace Natflow.Journal.Events;

/// <summary>Rates of a subscriber.</summary>
/// <param name="Up">From it, L3 bit/s; 0 is no limit.</param>
/// <param name="Down">To it, L3 bit/s; 0 is no limit.</param>
/// <param name="BurstMicroseconds">Time at the rates that it may send faster after a silence.</param>
public sealed record UserRates(long Up, long Down, long BurstMicroseconds);

/// <summary>A subscriber came with another link address, or by another interface.</summary>
/// <param name="User">Address.</param>
/// <param name="Zone">Zone.</param>
/// <param name="Mac">Link address of now, or null.</param>
/// <param name="Interface">Interface of now, or null.</param>
public sealed record UserMoved(string User, int Zone, string? Mac, string? Interface) : IJournalEvent
{
    string? IJournalEvent.Subject => User;
}

/// <summary>The rules gave a subscriber another standing.</summary>
/// <param name="User">Address.</param>
/// <param name="Zone">Zone.</param>
/// <param name="Status">none, ok, bypass, required, vip or blocked.</param>
/// <param name="Type">How the rule lets subscribers in: unknown, auto or web.</param>
/// <param name="Rule">Number of the rule; 255 for none.</param>
public sealed record UserMatched(string User, int Zone, string Status, string Type, int Rule) : IJournalEvent
{
    string? IJournalEvent.Subject => User;
}

/// <summary>The operator set a subscriber's status.</summary>
/// <param name="User">Address.</param>
/// <param name="Zone">Zone.</param>
/// <param name="Status">none, ok, bypass, required, vip or blocked.</param>
public sealed record UserStatusSet(string User, int Zone, string Status) : IJournalEvent
{
    string? IJournalEvent.Subject => User;
}

/// <summary>A running session has other limits.</summary>
/// <param name="User">Address.</param>
/// <param name="Zone">Zone.</param>
/// <param name="EndsAt">When it ends, ISO 8601; null for no end.</param>
/// <param name="Rates">Its rates; null for none.</param>
/// <param name="VolumeBytesMax">Bytes of both directions that it may use; 0 for no limit.</param>
/// <param name="VolumeBaseBytes">The subscriber's total from which they count.</param>
/// <param name="DeviceCountMax">Addresses at a time; 0 for no limit.</param>
/// <param name="IsOfSession">Whether the rates end with the session.</param>
public sealed record UserSessionChanged(
    string User, int Zone, string? EndsAt, UserRates? Rates, ulong VolumeBytesMax, ulong VolumeBaseBytes, int DeviceCountMax, bool IsOfSession) : IJournalEvent
{
    string? IJournalEvent.Subject => User;
}

/// <summary>A subscriber has one more address: a new one, or one that was a subscriber of its own until now.</summary>
/// <param name="User">Address under which it is on record.</param>
/// <param name="Zone">Zone.</param>
/// <param name="Address">The address.</param>
public sealed record UserJoined(string User, int Zone, string Address) : IJournalEvent
{
    string? IJournalEvent.Subject => User;

    string? IJournalEvent.OtherSubject => Address;
}

/// <summary>What a subscriber sent and got so far.</summary>
/// <param name="User">Address.</param>
/// <param name="Zone">Zone.</param>
/// <param name="BytesOut">Bytes it sent.</param>
/// <param name="BytesIn">Bytes it got.</param>
/// <param name="PacketsOut">Packets it sent.</param>
/// <param name="PacketsIn">Packets it got.</param>
public sealed record UserTraffic(string User, int Zone, ulong BytesOut, ulong BytesIn, ulong PacketsOut, ulong PacketsIn) : IJournalEvent
{
    string? IJournalEvent.Subject => User;
}
