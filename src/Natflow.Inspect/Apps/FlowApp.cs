namespace Natflow.Inspect.Apps;

/// <summary>Applications that have a payload signature, by their ids in the catalogue.</summary>
internal enum FlowApp : ushort
{
    Iqiyi = 0x1003,
    Spotify = 0x1005,
    Telegram = 0x2001,
    QQ = 0x2003,
    DingTalk = 0x2004,
    WhatsApp = 0x2005,
    Discord = 0x2007,
    Zoom = 0x2008,
}
