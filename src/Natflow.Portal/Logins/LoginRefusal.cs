namespace Natflow.Portal.Logins;

/// <summary>Why a login was refused.</summary>
public enum LoginRefusal
{
    /// <summary>It was not.</summary>
    None = 0,

    /// <summary>Name, password or code are wrong.</summary>
    WrongCredentials = 1,

    /// <summary>The voucher's time or volume is used up.</summary>
    UsedUp = 2,

    /// <summary>Too many tries, or too many at a time.</summary>
    TooMany = 3,

    /// <summary>No RADIUS server answers.</summary>
    Unavailable = 4,

    /// <summary>The operator has blocked the user.</summary>
    Blocked = 5,

    /// <summary>The gateway does not know the device.</summary>
    UnknownDevice = 6,

    /// <summary>The login is used by as many devices as it may.</summary>
    TooManyDevices = 7,

    /// <summary>The page was too old, or the request came from elsewhere.</summary>
    StalePage = 8,

    /// <summary>This way of logging in is not offered.</summary>
    NotOffered = 9,
}
