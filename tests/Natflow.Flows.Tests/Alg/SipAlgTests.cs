using System.Text;
using System.Text.RegularExpressions;
using Natflow.Core;
using Natflow.Flows.Alg;
using Natflow.Packets;
using Natflow.Testing;

namespace Natflow.Flows.Tests.Alg;

public sealed partial class SipAlgTests
{
    private static readonly (uint Address, ushort Port) Phone = (AlgRig.Inside, 5060);
    private static readonly (uint Address, ushort Port) Proxy = (AlgRig.Server, 5060);

    private const string Body =
        "v=0\r\no=a 1 1 IN IP4 10.0.0.5\r\ns=-\r\nc=IN IP4 10.0.0.5\r\nt=0 0\r\nm=audio 16384 RTP/AVP 0\r\nm=video 0 RTP/AVP 31\r\n";

    private static string Invite(string body = Body) =>
        "INVITE sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK1;rport\r\nFrom: <sip:a@example.com>;tag=1\r\n"
        + "To: <sip:b@example.com>\r\nCall-ID: 1@10.0.0.5\r\nCSeq: 1 INVITE\r\nContact: <sip:a@10.0.0.5:5060>\r\nContent-Type: application/sdp\r\n"
        + $"Content-Length: {body.Length}\r\n\r\n{body}";

    [Fact]
    public void UDP_16_SwitchedOn_HeadersMediaAndLengthAreRewritten()
    {
        using var rig = new AlgRig();
        byte[]? frame = rig.Udp(Side.Lan, Phone, Proxy, Encoding.Latin1.GetBytes(Invite()));
        Assert.NotNull(frame);
        string text = AlgRig.Text(frame);
        string own = $"203.0.113.1:{AlgRig.Source(frame).Port}";
        Assert.Contains($"Via: SIP/2.0/UDP {own};branch=z9hG4bK1;rport\r\n", text, StringComparison.Ordinal);
        Assert.Contains($"Contact: <sip:a@{own}>\r\n", text, StringComparison.Ordinal);
        Assert.Contains("Call-ID: 1@10.0.0.5\r\n", text, StringComparison.Ordinal); // An identifier, not an endpoint.
        Assert.Contains("c=IN IP4 203.0.113.1\r\n", text, StringComparison.Ordinal);
        Assert.Contains("m=video 0 RTP/AVP 31\r\n", text, StringComparison.Ordinal);
        string body = text[(text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        Assert.Contains($"Content-Length: {body.Length}\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void UDP_16_SwitchedOn_MediaPairIsEvenAndOddAndOpenToAnyone()
    {
        using var rig = new AlgRig();
        byte[]? frame = rig.Udp(Side.Lan, Phone, Proxy, Encoding.Latin1.GetBytes(Invite()));
        Assert.NotNull(frame);
        ushort media = ushort.Parse(MediaLine().Match(AlgRig.Text(frame)).Groups["port"].Value);
        Assert.Equal(0, media % 2);
        byte[]? rtp = rig.Udp(Side.Wan, (AlgRig.Stranger, 7000), (AlgRig.Public, media), [1, 2, 3, 4]);
        byte[]? rtcp = rig.Udp(Side.Wan, (AlgRig.Stranger, 7001), (AlgRig.Public, (ushort)(media + 1)), [1, 2, 3, 4]);
        Assert.Equal((AlgRig.Inside, (ushort)16384), AlgRig.Destination(Assert.IsType<byte[]>(rtp)));
        Assert.Equal((AlgRig.Inside, (ushort)16385), AlgRig.Destination(Assert.IsType<byte[]>(rtcp)));
        Assert.Null(rig.Udp(Side.Wan, (AlgRig.Stranger, 7000), (AlgRig.Public, (ushort)(media + 2)), [1, 2, 3, 4]));
    }

    [Fact]
    public void UDP_16_Response_IsRestoredForTheClient()
    {
        using var rig = new AlgRig();
        byte[]? frame = rig.Udp(Side.Lan, Phone, Proxy, Encoding.Latin1.GetBytes(Invite()));
        Assert.NotNull(frame);
        ushort port = AlgRig.Source(frame).Port;
        string response = $"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 203.0.113.1:{port};branch=z9hG4bK1;rport={port};received=203.0.113.1\r\n"
            + $"Contact: <sip:b@198.51.100.10:5060>\r\nContact: <sip:a@203.0.113.1:{port}>;expires=60\r\nContent-Length: 0\r\n\r\n";
        byte[]? answer = rig.Udp(Side.Wan, Proxy, (AlgRig.Public, port), Encoding.Latin1.GetBytes(response));
        Assert.NotNull(answer);
        Assert.Equal(
            "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 10.0.0.5:5060;branch=z9hG4bK1;rport=5060;received=10.0.0.5\r\n"
            + "Contact: <sip:b@198.51.100.10:5060>\r\nContact: <sip:a@10.0.0.5:5060>;expires=60\r\nContent-Length: 0\r\n\r\n",
            AlgRig.Text(answer));
    }

    [Fact]
    public void UDP_16_Request_HasItsUriRestored()
    {
        using var rig = new AlgRig();
        byte[]? frame = rig.Udp(Side.Lan, Phone, Proxy, Encoding.Latin1.GetBytes(Invite()));
        Assert.NotNull(frame);
        ushort port = AlgRig.Source(frame).Port;
        string bye = $"BYE sip:a@203.0.113.1:{port} SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.10:5060\r\nl: 0\r\n\r\n";
        byte[]? got = rig.Udp(Side.Wan, Proxy, (AlgRig.Public, port), Encoding.Latin1.GetBytes(bye));
        Assert.NotNull(got);
        Assert.StartsWith("BYE sip:a@10.0.0.5:5060 SIP/2.0\r\n", AlgRig.Text(got), StringComparison.Ordinal);
    }

    [Fact]
    public void UDP_16_TCP_10_Default_PassesUnchanged()
    {
        using var rig = new AlgRig(new AlgSettings());
        byte[]? frame = rig.Udp(Side.Lan, Phone, Proxy, Encoding.Latin1.GetBytes(Invite()));
        Assert.Equal(Invite(), AlgRig.Text(Assert.IsType<byte[]>(frame)));
        var connection = new TcpPair(rig, Phone, Proxy);
        Assert.Equal(Invite(), connection.FromInside(Invite()));
    }

    [Fact]
    public void UDP_16_NoChecksum_StaysWithout()
    {
        using var rig = new AlgRig();
        byte[]? frame = rig.Udp(Side.Lan, Phone, Proxy, Encoding.Latin1.GetBytes(Invite()), hasChecksum: false);
        Assert.NotNull(frame);
        Assert.Equal(0, frame[40] | frame[41]);
        Assert.Contains("c=IN IP4 203.0.113.1\r\n", AlgRig.Text(frame), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("m=audio 16384 RTP/AVP 0", "m=audio 1023 RTP/AVP 0")] // A privileged port.
    [InlineData("c=IN IP4 10.0.0.5", "c=IN IP4 10.0.0.6")] // Somebody else's address.
    [InlineData("c=IN IP4 10.0.0.5", "c=IN IP4 0.0.0.0")] // On hold.
    public void UDP_16_ForeignMedia_IsNotOpened(string from, string to)
    {
        using var rig = new AlgRig();
        string body = Body.Replace(from, to, StringComparison.Ordinal);
        byte[]? frame = rig.Udp(Side.Lan, Phone, Proxy, Encoding.Latin1.GetBytes(Invite(body)));
        Assert.Contains(MediaLine().Match(body).Value, AlgRig.Text(Assert.IsType<byte[]>(frame)), StringComparison.Ordinal);
        Assert.Equal(0, rig.State.Alg.ExpectationCount);
    }

    [Fact]
    public void UDP_16_NoRoomInThePacket_PassesUnchangedAndCounted()
    {
        using var rig = new AlgRig();
        string padding = "a=" + new string('x', 1472 - Invite().Length - 3) + "\n";
        string message = Invite(Body + padding);
        Assert.True(message.Length is > 1465 and <= 1474);
        message = message[..Math.Min(message.Length, 1472)];
        byte[]? frame = rig.Udp(Side.Lan, Phone, Proxy, Encoding.Latin1.GetBytes(Fixed(message)));
        Assert.Equal(Fixed(message), AlgRig.Text(Assert.IsType<byte[]>(frame)));
        Assert.NotEqual(0ul, rig.Counters.LimitPassed);
    }

    [Fact]
    public void TCP_10_SwitchedOn_MessagesOfAStreamAreRewrittenAndStreamsStayInStep()
    {
        using var rig = new AlgRig();
        var connection = new TcpPair(rig, (AlgRig.Inside, 41_000), Proxy);
        string invite = Invite().Replace("/UDP 10.0.0.5:5060", "/TCP 10.0.0.5:41000", StringComparison.Ordinal);
        uint start = connection.InsideSeq;
        string got = connection.FromInside(invite);
        Assert.Contains($"Via: SIP/2.0/TCP 203.0.113.1:{connection.External.Port}", got, StringComparison.Ordinal);
        Assert.Equal("\r\n\r\n", connection.FromInside("\r\n\r\n"));
        string response = $"SIP/2.0 100 Trying\r\nv: SIP/2.0/TCP 203.0.113.1:{connection.External.Port};rport\r\nl: 0\r\n\r\n";
        Assert.Equal("SIP/2.0 100 Trying\r\nv: SIP/2.0/TCP 10.0.0.5:41000;rport\r\nl: 0\r\n\r\n", connection.FromOutside(response));
        Assert.Equal(got, connection.FromInsideAt(start, invite, out _)); // A retransmission.
        Assert.Contains("c=IN IP4 203.0.113.1", connection.FromInside(invite + invite), StringComparison.Ordinal);
    }

    [Fact]
    public void TCP_10_StreamThatIsNotSip_IsNeverLookedAtAgain()
    {
        using var rig = new AlgRig();
        var connection = new TcpPair(rig, (AlgRig.Inside, 41_000), Proxy);
        connection.FromInside("POST / HTTP/1.1\r\nContent-Length: 4000\r\n\r\nxxxxxxxx");
        string invite = Invite();
        Assert.Equal(invite, connection.FromInside(invite));
        Assert.Equal(0, rig.State.Alg.ExpectationCount);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Rewrite_MutatedMessages_KeepChecksumsAndTables(int seed)
    {
        var prng = new Prng(seed);
        using var rig = new AlgRig();
        for (int i = 0; i < 1500; i++)
        {
            byte[] message = FtpAlgTests.Mutate(prng, Encoding.Latin1.GetBytes(Invite()));
            bool isOut = prng.Next(4) != 0;
            ushort port = (ushort)(5060 + prng.Next(2));
            byte[]? frame = rig.Udp(Side.Lan, (AlgRig.Inside, port), Proxy, isOut ? message : [0]);
            if (!isOut)
            {
                string restored = Encoding.Latin1.GetString(message).Replace("10.0.0.5", "203.0.113.1", StringComparison.Ordinal);
                frame = rig.Udp(Side.Wan, Proxy, AlgRig.Source(frame!), Encoding.Latin1.GetBytes(restored));
            }

            Assert.True(frame is not null, $"seed {seed}, step {i}");
            rig.NowMs += prng.Next(3000);
            rig.State.Advance(rig.NowMs);
        }

        Assert.InRange(rig.Counters.Rewritten, 100ul, 1500ul);
        rig.NowMs += (long)TimeSpan.FromHours(3).TotalMilliseconds;
        for (int i = 0; i < 200; i++)
            rig.State.Advance(rig.NowMs);
        Assert.Equal((0, 0, 0), (rig.State.Alg.ExpectationCount, rig.State.Flows.Count, rig.State.Mappings.Count));
    }

    [Fact]
    public void Rewrite_SnapLength_LeavesACutMessageAlone()
    {
        using var rig = new AlgRig();
        byte[]? syn = rig.Tcp(Side.Lan, (AlgRig.Inside, 41_000), Proxy, TcpFlags.Syn, 1, 0);
        Assert.NotNull(syn);
        byte[]? frame = rig.Tcp(Side.Lan, (AlgRig.Inside, 41_000), Proxy, TcpFlags.Ack, 2, 0, Invite()[..200]);
        Assert.Equal(Invite()[..200], AlgRig.Text(Assert.IsType<byte[]>(frame)));
        Assert.Equal(1ul, rig.Counters.Split);
    }

    // The right Content-Length for a message that was cut or grown.
    private static string Fixed(string message)
    {
        string body = message[(message.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        return ContentLength().Replace(message, $"Content-Length: {body.Length}");
    }

    [GeneratedRegex(@"m=audio (?<port>\d+) RTP/AVP 0", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex MediaLine();

    [GeneratedRegex(@"Content-Length: \d+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ContentLength();
}
