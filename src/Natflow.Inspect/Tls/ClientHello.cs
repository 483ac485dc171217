namespace Natflow.Inspect.Tls;

/// <summary>What matters of a ClientHello. The spans lie in the bytes it was read from.</summary>
public ref struct ClientHello
{
    /// <summary>The first host name of the server_name extension (RFC 6066 section 3), as sent.</summary>
    public ReadOnlySpan<byte> ServerName;

    /// <summary>There is a server name, be it empty.</summary>
    public bool HasServerName;

    /// <summary>The protocol names of the ALPN extension (RFC 7301), each after its length; empty without one.</summary>
    public ReadOnlySpan<byte> AlpnList;

    /// <summary>An encrypted ClientHello is inside (RFC 9849), or its draft, an encrypted SNI: the server name is the outer, public one.</summary>
    public bool IsEncrypted;

    /// <summary>Highest version offered: the supported_versions extension (RFC 8446 section 4.2.1) where there is one, else the legacy field.</summary>
    public ushort Version;
}
