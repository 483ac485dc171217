namespace Natflow.Inspect.Apps;

/// <summary>How a flow was recognised: goes into event records. The numbers of protocols and applications that have their own are in the catalogue.</summary>
public enum AppSource : byte
{
    /// <summary>Not recognised.</summary>
    None = 0,

    /// <summary>By an HTTP host.</summary>
    Http = 1,

    /// <summary>By a TLS or DTLS SNI.</summary>
    Tls = 2,

    /// <summary>By a QUIC SNI.</summary>
    Quic = 3,

    /// <summary>A DNS message.</summary>
    Dns = 4,

    /// <summary>SSH banner.</summary>
    Ssh = 5,

    /// <summary>WireGuard message.</summary>
    WireGuard = 6,

    /// <summary>STUN message.</summary>
    Stun = 7,

    /// <summary>TURN message.</summary>
    Turn = 8,

    /// <summary>BitTorrent message.</summary>
    BitTorrent = 9,

    /// <summary>FTP line.</summary>
    Ftp = 10,

    /// <summary>SMTP line.</summary>
    Smtp = 11,

    /// <summary>POP3 line.</summary>
    Pop3 = 12,

    /// <summary>IMAP line.</summary>
    Imap = 13,

    /// <summary>SIP line.</summary>
    Sip = 14,

    /// <summary>RTSP line.</summary>
    Rtsp = 15,

    /// <summary>MQTT connect.</summary>
    Mqtt = 16,

    /// <summary>Redis command.</summary>
    Resp = 17,

    /// <summary>MySQL greeting.</summary>
    MySql = 18,

    /// <summary>PostgreSQL start-up.</summary>
    PostgreSql = 19,

    /// <summary>RDP connection, both ways.</summary>
    Rdp = 20,

    /// <summary>SMB header.</summary>
    Smb = 21,

    /// <summary>DingTalk payload.</summary>
    DingTalk = 22,

    /// <summary>QQ payload.</summary>
    QQ = 23,

    /// <summary>iQIYI payload.</summary>
    Iqiyi = 24,

    /// <summary>NTP packet.</summary>
    Ntp = 25,

    /// <summary>SNMP message.</summary>
    Snmp = 26,

    /// <summary>RADIUS packet.</summary>
    Radius = 27,

    /// <summary>TFTP packet.</summary>
    Tftp = 28,

    /// <summary>LDAP message.</summary>
    Ldap = 29,

    /// <summary>NFS call.</summary>
    Nfs = 30,

    /// <summary>SOCKS negotiation, both ways.</summary>
    Socks = 31,

    /// <summary>CoAP message.</summary>
    Coap = 32,

    /// <summary>WhatsApp payload.</summary>
    WhatsApp = 33,

    /// <summary>Discord payload.</summary>
    Discord = 34,

    /// <summary>Spotify payload.</summary>
    Spotify = 35,

    /// <summary>Zoom payload.</summary>
    Zoom = 36,

    /// <summary>Telegram payload.</summary>
    Telegram = 37,

    /// <summary>By the name that DNS last gave the address, for want of one in the flow.</summary>
    DnsAnswer = 38,
}
