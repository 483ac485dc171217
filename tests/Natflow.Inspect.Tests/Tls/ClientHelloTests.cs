using System.Text;
using Natflow.Inspect.Build;
using Natflow.Inspect.Observe;
using Natflow.Inspect.Tls;
using Natflow.Testing;

namespace Natflow.Inspect.Tests.Tls;

public sealed class ClientHelloTests
{
    private static readonly byte[] Name = "www.example.org"u8.ToArray();

    [Fact]
    public void TryParse_Hello_GivesNameVersionAlpnAndEncryption()
    {
        byte[] message = ClientHelloBuilder.Message(Name, keyShareBytes: 1220, ["h2"u8.ToArray(), "http/1.1"u8.ToArray()], isEncrypted: true);
        Assert.Equal(ParseStatus.Complete, ClientHelloParser.TryParse(message.AsSpan(4), isDatagram: false, out ClientHello hello));
        Assert.Equal("www.example.org", Encoding.ASCII.GetString(hello.ServerName));
        Assert.Equal("\u0002h2\u0008http/1.1", Encoding.ASCII.GetString(hello.AlpnList));
        Assert.True(hello.IsEncrypted);
        Assert.Equal(0x0304, hello.Version);
    }

    [Fact]
    public void TryParse_WithoutName_HasNone()
    {
        byte[] message = ClientHelloBuilder.Message(null);
        Assert.Equal(ParseStatus.Complete, ClientHelloParser.TryParse(message.AsSpan(4), isDatagram: false, out ClientHello hello));
        Assert.False(hello.HasServerName);
    }

    [Fact]
    public void TryParse_WithoutExtensions_IsComplete()
    {
        byte[] body = [3, 1, .. new byte[32], 0, 0, 2, 0, 5, 1, 0];
        Assert.Equal(ParseStatus.Complete, ClientHelloParser.TryParse(body, isDatagram: false, out ClientHello hello));
        Assert.Equal((false, 0x0301), (hello.HasServerName, hello.Version));
    }

    [Fact]
    public void TryParse_AnyPrefix_NeedsMore()
    {
        const int beforeExtensions = 45; // Cut there it is a whole hello of old.
        byte[] body = ClientHelloBuilder.Message(Name)[4..];
        for (int length = 0; length < body.Length; length++)
        {
            if (length != beforeExtensions) Assert.Equal(ParseStatus.NeedMore, ClientHelloParser.TryParse(body.AsSpan(0, length), isDatagram: false, out _));
        }
    }

    [Theory]
    [InlineData(16_384)]
    [InlineData(600)]
    [InlineData(100)]
    [InlineData(1)]
    public void TryReadBody_AnyRecordSize_GivesTheBody(int recordBytesMax)
    {
        byte[] message = ClientHelloBuilder.Message(Name, keyShareBytes: 1220);
        byte[] stream = ClientHelloBuilder.Records(message, recordBytesMax);
        Assert.Equal(ParseStatus.Complete, TlsHandshakeReader.Recognise(stream));
        Assert.Equal(ParseStatus.Complete, TlsHandshakeReader.TryReadBody(stream, new byte[4096], out ReadOnlySpan<byte> body));
        Assert.True(body.SequenceEqual(message.AsSpan(4)));
    }

    [Theory]
    [InlineData(16_384)]
    [InlineData(100)]
    public void TryReadBody_AnyPrefix_NeedsMore(int recordBytesMax)
    {
        byte[] stream = ClientHelloBuilder.Records(ClientHelloBuilder.Message(Name), recordBytesMax);
        for (int length = 1; length < stream.Length; length++)
        {
            ParseStatus recognised = TlsHandshakeReader.Recognise(stream.AsSpan(0, length));
            Assert.NotEqual(ParseStatus.NotThis, recognised);
            if (recognised == ParseStatus.Complete)
                Assert.Equal(ParseStatus.NeedMore, TlsHandshakeReader.TryReadBody(stream.AsSpan(0, length), new byte[4096], out _));
        }
    }

    [Theory]
    [InlineData(new byte[] { 23, 3, 3, 0, 10, 1 })]
    [InlineData(new byte[] { 22, 2, 0, 0, 10, 1 })]
    [InlineData(new byte[] { 22, 3, 1, 0, 0, 1 })]
    [InlineData(new byte[] { 22, 3, 1, 0xFF, 0, 1 })]
    [InlineData(new byte[] { 22, 3, 1, 0, 10, 2 })]
    public void Recognise_SomethingElse_IsNotThis(byte[] bytes) => Assert.Equal(ParseStatus.NotThis, TlsHandshakeReader.Recognise(bytes));

    [Fact]
    public void TryParse_ListLongerThanItsExtension_GivesNoName()
    {
        byte[] message = ClientHelloBuilder.Message(Name);
        int at = message.AsSpan().IndexOf(Name);
        message[at - 1]++; // The name's length now reaches beyond its extension.
        Assert.Equal(ParseStatus.Complete, ClientHelloParser.TryParse(message.AsSpan(4), isDatagram: false, out ClientHello hello));
        Assert.False(hello.HasServerName);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void TryReadBody_MutatedBytes_NeverFails(int seed)
    {
        var prng = new Prng(seed);
        byte[] original = ClientHelloBuilder.Records(ClientHelloBuilder.Message(Name, alpn: ["h2"u8.ToArray()]), recordBytesMax: 120);
        byte[] scratch = new byte[4096];
        int named = 0;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = (byte[])original.Clone();
            for (int change = prng.Next(4); change >= 0; change--)
                bytes[prng.Next(bytes.Length)] = (byte)prng.NextULong();
            if (TlsHandshakeReader.Recognise(bytes) != ParseStatus.Complete) continue;
            _ = TlsHandshakeReader.TryReadBody(bytes, scratch, out ReadOnlySpan<byte> body);
            _ = ClientHelloParser.TryParse(body, isDatagram: false, out ClientHello hello);
            if (hello.HasServerName) named++;
        }

        Assert.True(named > 1000);
    }
}
