namespace Natflow.Inspect.Apps;

/// <summary>Protocols that signatures recognise, by their ids in the catalogue.</summary>
public enum FlowProtocol : ushort
{
    /// <summary>Not known.</summary>
    None = 0,

    /// <summary>Domain name system.</summary>
    Dns = 1,

    /// <summary>Secure shell.</summary>
    Ssh = 2,

    /// <summary>WireGuard.</summary>
    WireGuard = 3,

    /// <summary>STUN (RFC 8489).</summary>
    Stun = 4,

    /// <summary>TURN (RFC 8656).</summary>
    Turn = 5,

    /// <summary>BitTorrent: peers, uTP, DHT, UDP trackers, local discovery.</summary>
    BitTorrent = 6,

    /// <summary>FTP's control connection.</summary>
    Ftp = 7,

    /// <summary>SMTP.</summary>
    Smtp = 8,

    /// <summary>POP3.</summary>
    Pop3 = 9,

    /// <summary>IMAP.</summary>
    Imap = 10,

    /// <summary>SIP (RFC 3261).</summary>
    Sip = 11,

    /// <summary>RTSP (RFC 2326, RFC 7826).</summary>
    Rtsp = 12,

    /// <summary>MQTT.</summary>
    Mqtt = 13,

    /// <summary>Redis.</summary>
    Resp = 14,

    /// <summary>MySQL.</summary>
    MySql = 15,

    /// <summary>PostgreSQL.</summary>
    PostgreSql = 16,

    /// <summary>Remote desktop.</summary>
    Rdp = 17,

    /// <summary>SMB, over TCP or in NetBIOS datagrams.</summary>
    Smb = 18,

    /// <summary>NTP.</summary>
    Ntp = 19,

    /// <summary>SNMP.</summary>
    Snmp = 20,

    /// <summary>RADIUS.</summary>
    Radius = 21,

    /// <summary>TFTP.</summary>
    Tftp = 22,

    /// <summary>LDAP.</summary>
    Ldap = 23,

    /// <summary>NFS, mount and port mapper.</summary>
    Nfs = 24,

    /// <summary>SOCKS.</summary>
    Socks = 25,

    /// <summary>CoAP.</summary>
    Coap = 26,

    /// <summary>HTTP/1, a carrier.</summary>
    Http = 0xF01,

    /// <summary>TLS over TCP, a carrier.</summary>
    Tls = 0xF02,

    /// <summary>QUIC, a carrier.</summary>
    Quic = 0xF03,

    /// <summary>DTLS, a carrier.</summary>
    Dtls = 0xF04,
}
