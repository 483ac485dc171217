namespace Natflow.Portal.Logins;

/// <summary>How a user shows that it may pass.</summary>
public enum LoginMethod
{
    /// <summary>A click on a button.</summary>
    Click = 0,

    /// <summary>A code that was handed out.</summary>
    Voucher = 1,

    /// <summary>Name and password of the gateway's own list.</summary>
    Password = 2,

    /// <summary>Name and password that a RADIUS server knows.</summary>
    Radius = 3,
}
