namespace Natflow.Inspect.UrlLog;

/// <summary>The method of a URL record. The numbers go into binary records; the original has the first four.</summary>
public enum UrlMethod : byte
{
    /// <summary>None: TLS, QUIC.</summary>
    None = 0,

    /// <summary>GET.</summary>
    Get = 1,

    /// <summary>POST.</summary>
    Post = 2,

    /// <summary>HEAD.</summary>
    Head = 3,

    /// <summary>PUT.</summary>
    Put = 4,

    /// <summary>DELETE.</summary>
    Delete = 5,

    /// <summary>OPTIONS.</summary>
    Options = 6,

    /// <summary>CONNECT.</summary>
    Connect = 7,

    /// <summary>PATCH.</summary>
    Patch = 8,

    /// <summary>Any other.</summary>
    Other = 255,
}
