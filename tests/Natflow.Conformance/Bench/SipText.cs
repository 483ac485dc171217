using System.Text;
using Natflow.Core;

namespace Natflow.Conformance.Bench;

/// <summary>Messages that a SIP helper would rewrite.</summary>
internal static class SipText
{
    /// <summary>An INVITE whose header and body hold a private address.</summary>
    internal static byte[] Invite(string transport, uint address, ushort port)
    {
        string own = Ipv4Prefix.ToText(address);
        string body = $"v=0\r\no=a 1 1 IN IP4 {own}\r\ns=-\r\nc=IN IP4 {own}\r\nt=0 0\r\nm=audio 16384 RTP/AVP 0\r\n";
        return Encoding.Latin1.GetBytes(
            $"INVITE sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/{transport} {own}:{port};branch=z9hG4bK1;rport\r\nFrom: <sip:a@example.com>;tag=1\r\n"
            + $"To: <sip:b@example.com>\r\nCall-ID: 1@example\r\nCSeq: 1 INVITE\r\nContact: <sip:a@{own}:{port}>\r\nContent-Type: application/sdp\r\n"
            + $"Content-Length: {body.Length}\r\n\r\n{body}");
    }

    /// <summary>A packet's transport payload as text, its transport header in front.</summary>
    internal static string Of(Arrival arrival) => Encoding.Latin1.GetString(arrival.Packet.Payload);
}
