using System.Text;
using Natflow.Inspect.Http;
using Natflow.Inspect.Observe;
using Natflow.Testing;

namespace Natflow.Inspect.Tests.Http;

public sealed class HttpRequestParserTests
{
    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n", "GET", "/", "a.example")]
    [InlineData("GET / HTTP/1.0\nhost:a.example\n\n", "GET", "/", "a.example")]
    [InlineData("\r\n\r\nPOST /x?y=1 HTTP/1.1\r\nHOST:\t a.example:8080 \r\n\r\n", "POST", "/x?y=1", "a.example:8080")]
    [InlineData("GET http://b.example/p HTTP/1.1\r\nHost: a.example\r\n\r\n", "GET", "http://b.example/p", "a.example")]
    [InlineData("CONNECT c.example:443 HTTP/1.1\r\nHost: c.example:443\r\n\r\n", "CONNECT", "c.example:443", "c.example:443")]
    [InlineData("OPTIONS * HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n\r\n", "OPTIONS", "*", "[2001:db8::1]:8080")]
    [InlineData("QUERY /q HTTP/1.1\r\nX-Host: no\r\nHost: first\r\nHost: second\r\n\r\n", "QUERY", "/q", "first")]
    [InlineData("GET / HTTP/1.1\r\nHost:\r\n\r\n", "GET", "/", "")]
    [InlineData("GET / HTTP/1.1\r\nAccept: */*\r\n\r\n", "GET", "/", null)]
    [InlineData("M-SEARCH /a b HTTP/1.1\r\n\r\n", "M-SEARCH", "/a b", null)]
    public void TryParse_Head_IsRead(string text, string method, string target, string? host)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text + "rest");
        Assert.Equal(ParseStatus.Complete, HttpRequestParser.TryParse(bytes, out HttpRequest request));
        Assert.Equal(method, Encoding.Latin1.GetString(request.Method));
        Assert.Equal(target, Encoding.Latin1.GetString(request.Target));
        Assert.Equal(host, request.HasHost ? Encoding.Latin1.GetString(request.Host) : null);
        Assert.Equal(text.Length, request.HeadBytes);
    }

    [Theory]
    [InlineData("GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")]
    [InlineData("\nPROPFIND /dav/ HTTP/1.1\nHost: a\nContent-Length: 5\n\n")]
    public void TryParse_AnyPrefix_NeedsMore(string text)
    {
        byte[] bytes = Encoding.Latin1.GetBytes(text);
        for (int length = 1; length < bytes.Length; length++)
            Assert.Equal(ParseStatus.NeedMore, HttpRequestParser.TryParse(bytes.AsSpan(0, length), out _));
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n")]
    [InlineData("EHLO mail.example\r\n")]
    [InlineData("INVITE sip:a@b SIP/2.0\r\n")]
    [InlineData("GET / HTTP/2.0\r\n\r\n")]
    [InlineData("GET /\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n")]
    [InlineData("GET HTTP/1.1\r\n\r\n")]
    [InlineData("AMETHODTHATISMUCHLONGERTHANANYMETHODCANBE / HTTP/1.1\r\n\r\n")]
    public void TryParse_SomethingElse_IsNotThis(string text) =>
        Assert.Equal(ParseStatus.NotThis, HttpRequestParser.TryParse(Encoding.Latin1.GetBytes(text), out _));

    [Theory]
    [InlineData("Content-Length: 12", 12, false)]
    [InlineData("Content-Length: -1", 0, false)]
    [InlineData("Content-Length: 99999999999999999999", 0, false)]
    [InlineData("Transfer-Encoding: gzip, Chunked", 0, true)]
    public void TryParse_BodyHeaders_AreRead(string header, long contentBytes, bool isChunked)
    {
        Assert.Equal(ParseStatus.Complete, HttpRequestParser.TryParse(Encoding.Latin1.GetBytes($"PUT / HTTP/1.1\r\n{header}\r\n\r\n"), out HttpRequest request));
        Assert.Equal((contentBytes, isChunked), (request.ContentBytes, request.IsChunked));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void TryParse_MutatedBytes_NeverFails(int seed)
    {
        var prng = new Prng(seed);
        byte[] original = Encoding.Latin1.GetBytes("POST /x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\nabc");
        int complete = 0;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = (byte[])original.Clone();
            for (int change = prng.Next(4); change >= 0; change--)
                bytes[prng.Next(bytes.Length)] = (byte)prng.NextULong();
            if (HttpRequestParser.TryParse(bytes.AsSpan(0, prng.Next(bytes.Length + 1)), out HttpRequest request) != ParseStatus.Complete) continue;
            Assert.InRange(request.HeadBytes, 1, bytes.Length);
            complete++;
        }

        Assert.True(complete > 100);
    }

    [Fact]
    public void TryStep_Chunks_AdvanceOverAll()
    {
        Assert.Equal(ParseStatus.Complete, ChunkedBody.TryStep("1a;x=y\r\n"u8, out long advance, out bool isLast));
        Assert.Equal((8 + 0x1A + 2, false), (advance, isLast));
        Assert.Equal(ParseStatus.Complete, ChunkedBody.TryStep("0\r\n"u8, out advance, out isLast));
        Assert.Equal((3, true), (advance, isLast));
        Assert.Equal(ParseStatus.NeedMore, ChunkedBody.TryStep("1a"u8, out _, out _));
        Assert.Equal(ParseStatus.NotThis, ChunkedBody.TryStep("zz\r\n"u8, out _, out _));
        Assert.Equal(ParseStatus.NotThis, ChunkedBody.TryStep("ffffffffffffffff\r\n"u8, out _, out _));
    }
}
