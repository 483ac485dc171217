namespace Natflow.Inspect.Tests.Apps;

/// <summary>nDPI's names of what both classifiers know. A name of nDPI may stand for several of ours: a protocol that has begun TLS is either.</summary>
internal static class NdpiNames
{
    internal static readonly Dictionary<string, string[]> Protocols = new(StringComparer.Ordinal)
    {
        ["DNS"] = ["dns"], ["SSH"] = ["ssh"], ["WireGuard"] = ["wireguard"], ["STUN"] = ["stun", "turn"], ["BitTorrent"] = ["bittorrent"],
        ["FTP_CONTROL"] = ["ftp"], ["FTPS"] = ["ftp", "tls"], ["SMTP"] = ["smtp"], ["SMTPS"] = ["smtp", "tls"], ["POP3"] = ["pop3"],
        ["POPS"] = ["pop3", "tls"], ["IMAP"] = ["imap"], ["IMAPS"] = ["imap", "tls"], ["SIP"] = ["sip"], ["RTSP"] = ["rtsp"], ["MQTT"] = ["mqtt"],
        ["RESP"] = ["resp"], ["MySQL"] = ["mysql"], ["PostgreSQL"] = ["postgresql"], ["RDP"] = ["rdp"], ["SMBv1"] = ["smb"], ["SMBv23"] = ["smb"],
        ["NTP"] = ["ntp"], ["SNMP"] = ["snmp"], ["RADIUS"] = ["radius"], ["Radius"] = ["radius"], ["TFTP"] = ["tftp"], ["LDAP"] = ["ldap"],
        ["NFS"] = ["nfs"], ["SOCKS"] = ["socks"], ["COAP"] = ["coap"], ["HTTP"] = ["http"], ["HTTP_Proxy"] = ["http"], ["HTTP_Connect"] = ["http"],
        ["WebSocket"] = ["http"], ["TLS"] = ["tls"], ["QUIC"] = ["quic"], ["DTLS"] = ["dtls"],
    };

    internal static readonly Dictionary<string, string> Apps = new(StringComparer.Ordinal)
    {
        ["YouTube"] = "youtube", ["YouTubeUpload"] = "youtube", ["NetFlix"] = "netflix", ["iQIYI"] = "iqiyi", ["Spotify"] = "spotify",
        ["Telegram"] = "telegram", ["WeChat"] = "wechat", ["QQ"] = "qq", ["OICQ"] = "qq", ["DingTalk"] = "dingtalk", ["WhatsApp"] = "whatsapp",
        ["WhatsAppFiles"] = "whatsapp", ["FacebookMessenger"] = "messenger", ["Discord"] = "discord", ["Zoom"] = "zoom", ["TikTok"] = "tiktok",
        ["Facebook"] = "facebook", ["FbookReelStory"] = "facebook", ["Instagram"] = "instagram", ["Twitter"] = "twitter", ["SinaWeibo"] = "weibo",
    };
}
