using System.Text;

namespace Natflow.Inspect.Apps;

/// <summary>Protocols of lines: SIP, RTSP, SMTP, FTP, POP3, IMAP. Judged by the first line of a packet, and by what the server greeted with.</summary>
internal static class TextSignatures
{
    private const int LineBytesMax = 2048;
    private const int ImapTagMax = 16;
    private const ushort SipPort = 5060;

    /// <summary>What the packet's first line says.</summary>
    /// <param name="packet">A packet of TCP or UDP.</param>
    /// <param name="hints">Taken further by greetings.</param>
    internal static Evidence Match(in AppPacket packet, ref TextHints hints)
    {
        ReadOnlySpan<byte> payload = packet.Payload;
        if (payload.Length < 4 || !IsLineStart(payload[0]))
            return default;
        int end = payload[..Math.Min(payload.Length, LineBytesMax)].IndexOf("\r\n"u8);
        if (end < 0)
            return default;
        ReadOnlySpan<byte> line = payload[..end];
        if (IsSip(line))
            return Evidence.Of(FlowProtocol.Sip, AppSource.Sip);
        if (!packet.IsTcp)
            return default;
        if (IsRtsp(line))
            return Evidence.Of(FlowProtocol.Rtsp, AppSource.Rtsp);
        if (packet.MayBeServer)
        {
            Evidence found = MatchServer(line, ref hints);
            if (!found.IsNone)
                return found;
        }

        return packet.MayBeClient ? MatchClient(line, ref hints) : default;
    }

    /// <summary>What keeps a SIP binding open between two of its ports: an empty message (RFC 5626 section 4.4.1), or the word that some gateways send.</summary>
    internal static Evidence MatchSipKeepAlive(in AppPacket packet)
    {
        bool isOnPort = packet.ClientPort == SipPort && packet.ServerPort == SipPort;
        bool isAlive = packet.Payload.SequenceEqual("\r\n\r\n"u8) || packet.Payload.SequenceEqual("hello"u8);
        return isOnPort && isAlive ? Evidence.Backed(FlowProtocol.Sip, AppSource.Sip) : default;
    }

    private static bool IsLineStart(byte letter) => (uint)((letter | 0x20) - 'a') <= 'z' - 'a' || (uint)(letter - '0') <= 9 || letter is (byte)'+' or (byte)'*' or (byte)'-';

    // RFC 3261 section 7, with the methods of its extensions.
    private static bool IsSip(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("SIP/2.0 "u8))
            return IsStatus(line[8..]);
        int blank = line.IndexOf((byte)' ');
        if (blank is < 3 or > 9 || !line.EndsWith(" SIP/2.0"u8))
            return false;
        ReadOnlySpan<byte> target = line[(blank + 1)..];
        return IsSipMethod(line[..blank]) && (StartsWith(target, "sip:"u8) || StartsWith(target, "sips:"u8) || StartsWith(target, "tel:"u8));
    }

    private static bool IsSipMethod(ReadOnlySpan<byte> method) => method.Length switch
    {
        3 => method.SequenceEqual("ACK"u8) || method.SequenceEqual("BYE"u8),
        4 => method.SequenceEqual("INFO"u8),
        5 => method.SequenceEqual("PRACK"u8) || method.SequenceEqual("REFER"u8),
        6 => method.SequenceEqual("INVITE"u8) || method.SequenceEqual("CANCEL"u8) || method.SequenceEqual("NOTIFY"u8) || method.SequenceEqual("UPDATE"u8),
        7 => method.SequenceEqual("OPTIONS"u8) || method.SequenceEqual("MESSAGE"u8) || method.SequenceEqual("PUBLISH"u8),
        8 => method.SequenceEqual("REGISTER"u8),
        9 => method.SequenceEqual("SUBSCRIBE"u8),
        _ => false,
    };

    // RFC 2326 sections 6 and 7, RFC 7826.
    private static bool IsRtsp(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("RTSP/1.0 "u8) || line.StartsWith("RTSP/2.0 "u8))
            return IsStatus(line[9..]);
        if (!line.EndsWith(" RTSP/1.0"u8) && !line.EndsWith(" RTSP/2.0"u8))
            return false;
        int blank = line.IndexOf((byte)' ');
        ReadOnlySpan<byte> target = line[(blank + 1)..];
        return IsRtspMethod(line[..blank]) && (StartsWith(target, "rtsp://"u8) || StartsWith(target, "rtsps://"u8) || StartsWith(target, "rtspu://"u8) || target.StartsWith("* "u8));
    }

    private static bool IsRtspMethod(ReadOnlySpan<byte> method) => method.Length switch
    {
        4 => method.SequenceEqual("PLAY"u8),
        5 => method.SequenceEqual("SETUP"u8) || method.SequenceEqual("PAUSE"u8),
        6 => method.SequenceEqual("RECORD"u8),
        7 => method.SequenceEqual("OPTIONS"u8),
        8 => method.SequenceEqual("DESCRIBE"u8) || method.SequenceEqual("ANNOUNCE"u8) || method.SequenceEqual("TEARDOWN"u8) || method.SequenceEqual("REDIRECT"u8),
        13 => method.SequenceEqual("GET_PARAMETER"u8) || method.SequenceEqual("SET_PARAMETER"u8),
        _ => false,
    };

    private static bool IsStatus(ReadOnlySpan<byte> code) => code.Length >= 3 && code[0] is >= (byte)'1' and <= (byte)'6' && IsDigit(code[1]) && IsDigit(code[2]);

    // A greeting names its protocol, or leaves it to the client's next line.
    private static Evidence MatchServer(ReadOnlySpan<byte> line, ref TextHints hints)
    {
        if (line.StartsWith("220 "u8) || line.StartsWith("220-"u8))
        {
            if (Contains(line, "SMTP"u8))
                return Smtp;
            if (Contains(line, "FTP"u8))
                return Ftp;
            hints |= TextHints.Greeting220;
        }
        else if (line.StartsWith("331 "u8) && (hints & TextHints.UserCommand) != TextHints.None)
        {
            return Ftp;
        }
        else if (line.StartsWith("+OK"u8) && (line.Length == 3 || line[3] == (byte)' '))
        {
            if ((hints & TextHints.UserCommand) != TextHints.None || Contains(line, "POP3"u8))
                return Pop3;
            hints |= TextHints.GreetingOk;
        }
        else if (line.StartsWith("* OK"u8) || line.StartsWith("* PREAUTH"u8))
        {
            if (Contains(line, "IMAP"u8))
                return Imap;
            hints |= TextHints.GreetingStar;
        }

        return default;
    }

    private static Evidence MatchClient(ReadOnlySpan<byte> line, ref TextHints hints)
    {
        if (IsSmtp(line))
            return Smtp;
        if (IsFtp(line) || ((hints & TextHints.Greeting220) != TextHints.None && IsFtpBegin(line)))
            return Ftp;
        if (IsPop3(line) || ((hints & TextHints.GreetingOk) != TextHints.None && IsPop3Begin(line)))
            return Pop3;
        if (IsImap(line, greeted: (hints & TextHints.GreetingStar) != TextHints.None))
            return Imap;
        if (StartsWith(line, "USER "u8))
            hints |= TextHints.UserCommand;
        return default;
    }

    // RFC 5321 section 4.1.1.
    private static bool IsSmtp(ReadOnlySpan<byte> line) =>
        StartsWith(line, "EHLO "u8) || StartsWith(line, "HELO "u8) || StartsWith(line, "MAIL FROM:<"u8) || StartsWith(line, "RCPT TO:<"u8);

    // RFC 959 section 5.3.1, RFC 2428.
    private static bool IsFtp(ReadOnlySpan<byte> line)
    {
        if (EqualsWord(line, "PASV"u8) || EqualsWord(line, "EPSV"u8))
            return true;
        return (StartsWith(line, "EPRT |"u8) && line[6..].Contains((byte)'|')) || (StartsWith(line, "PORT "u8) && line.Contains((byte)','));
    }

    private static bool IsFtpBegin(ReadOnlySpan<byte> line) =>
        StartsWith(line, "USER "u8) || StartsWith(line, "AUTH "u8) || EqualsWord(line, "FEAT"u8) || EqualsWord(line, "SYST"u8) || StartsWith(line, "OPTS "u8)
        || StartsWith(line, "HOST "u8);

    // RFC 1939, RFC 2449, RFC 2595.
    private static bool IsPop3(ReadOnlySpan<byte> line) => EqualsWord(line, "CAPA"u8) || EqualsWord(line, "STLS"u8) || StartsWith(line, "APOP "u8);

    private static bool IsPop3Begin(ReadOnlySpan<byte> line) => StartsWith(line, "USER "u8) || StartsWith(line, "AUTH"u8) || EqualsWord(line, "QUIT"u8);

    // RFC 9051 section 6: a tag, then a command; after IMAP's greeting any command that comes before a login will do.
    private static bool IsImap(ReadOnlySpan<byte> line, bool greeted)
    {
        int blank = line[..Math.Min(line.Length, ImapTagMax + 1)].IndexOf((byte)' ');
        if (blank < 1 || !IsTag(line[..blank], greeted))
            return false;
        ReadOnlySpan<byte> command = line[(blank + 1)..];
        if (EqualsWord(command, "CAPABILITY"u8) || EqualsWord(command, "STARTTLS"u8) || StartsWith(command, "LOGIN "u8) || StartsWith(command, "SELECT "u8))
            return true;
        return greeted && (StartsWith(command, "AUTHENTICATE "u8) || StartsWith(command, "ID "u8) || EqualsWord(command, "LOGOUT"u8)
            || EqualsWord(command, "NOOP"u8) || StartsWith(command, "ENABLE "u8));
    }

    private static bool IsTag(ReadOnlySpan<byte> tag, bool greeted)
    {
        foreach (byte letter in tag)
        {
            if (!char.IsAsciiLetterOrDigit((char)letter) && !(greeted && letter is (byte)'.' or (byte)'$' or (byte)'-' or (byte)'_'))
                return false;
        }

        return true;
    }

    private static Evidence Smtp => Evidence.Of(FlowProtocol.Smtp, AppSource.Smtp);

    private static Evidence Ftp => Evidence.Of(FlowProtocol.Ftp, AppSource.Ftp);

    private static Evidence Pop3 => Evidence.Of(FlowProtocol.Pop3, AppSource.Pop3);

    private static Evidence Imap => Evidence.Of(FlowProtocol.Imap, AppSource.Imap);

    private static bool EqualsWord(ReadOnlySpan<byte> line, ReadOnlySpan<byte> word) => Ascii.EqualsIgnoreCase(line.TrimEnd((byte)' '), word);

    private static bool StartsWith(ReadOnlySpan<byte> line, ReadOnlySpan<byte> word) => line.Length >= word.Length && Ascii.EqualsIgnoreCase(line[..word.Length], word);

    private static bool Contains(ReadOnlySpan<byte> line, ReadOnlySpan<byte> word) => line.IndexOf(word) >= 0;

    private static bool IsDigit(byte letter) => (uint)(letter - '0') <= 9;
}
