using Natflow.Gateway.Views.Scan;
using Natflow.Policy;
using Natflow.Policy.Auth;

namespace Natflow.Gateway.Users;

/// <summary>To the user actor: the best of a slice of its users, and the sums of all that match in it. Answered by a <see cref="ScanSlice{T}"/> of <see cref="UserView"/>.</summary>
/// <param name="Filter">Which.</param>
/// <param name="Order">What they are put in order by.</param>
/// <param name="Range">Which slice, and how many of it.</param>
public sealed record BookScanRequest(BookFilter Filter, BookOrder Order, ScanRange Range);

/// <summary>Which users are wanted; null fields match all.</summary>
/// <param name="Prefix">One of the user's addresses lies within it.</param>
/// <param name="Zone">Zone of one of its addresses.</param>
/// <param name="Status">Its status.</param>
/// <param name="IsBlocked">Whether it is blocked.</param>
/// <param name="Text">Part of its login or MAC, in whatever case.</param>
public sealed record BookFilter(IpNet? Prefix = null, uint? Zone = null, AuthStatus? Status = null, bool? IsBlocked = null, string? Text = null);

/// <summary>What users are put in order by.</summary>
public enum BookOrder
{
    /// <summary>Bytes a second of both directions.</summary>
    Speed,

    /// <summary>Bytes a second to it.</summary>
    SpeedDown,

    /// <summary>Bytes a second from it.</summary>
    SpeedUp,

    /// <summary>Flows of the last report.</summary>
    Flows,

    /// <summary>Ports leased to it.</summary>
    Ports,

    /// <summary>Bytes of both directions.</summary>
    Bytes,

    /// <summary>Bytes from it.</summary>
    BytesOut,

    /// <summary>Bytes to it.</summary>
    BytesIn,

    /// <summary>Time without traffic.</summary>
    Idle,

    /// <summary>Its newest address, IPv4 before IPv6.</summary>
    Address,
}

/// <summary>To the user actor: users by address. The answer is a <see cref="UserLookup"/>.</summary>
/// <param name="Users">Addresses with their zones.</param>
public sealed record UserLookupRequest(IReadOnlyList<(IpAddress Address, uint Zone)> Users);

/// <summary>Users by address.</summary>
/// <param name="Users">In the order asked for; null where there is none.</param>
public sealed record UserLookup(IReadOnlyList<UserView?> Users);
