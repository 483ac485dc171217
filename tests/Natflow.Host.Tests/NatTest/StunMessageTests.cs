using System.Net;
using Natflow.Host.NatTest;
using Natflow.Testing;
using Natflow.Testing.Stun;

namespace Natflow.Host.Tests.NatTest;

public sealed class StunMessageTests
{
    private static readonly IPEndPoint Source = new(IPAddress.Parse("192.0.2.1"), 32_853);

    // The IPv4 response of RFC 5769 section 2.2.
    private static readonly byte[] SampleResponse = Convert.FromHexString(
        "0101003c2112a442b7e7a701bc34d686fa87dfae8022000b7465737420766563746f7220002000080001a147e112a6430008001"
        + "42b91f599fd9e90c38c7489f92af9ba53f06be7d780280004c07d4c96");

    [Fact]
    public void TryParse_SampleOfRfc5769_GivesItsMappedAddress()
    {
        Assert.True(StunMessage.TryParse(SampleResponse, out StunMessage? message));
        Assert.Equal(StunMessage.BindingSuccess, message!.Type);
        Assert.Equal(Source, message.MappedAddress);
        Assert.Equal(new StunTransactionId(0xb7e7a701bc34d686, 0xfa87dfae), message.TransactionId);
    }

    [Fact]
    public void ToArray_EveryAttribute_IsUnderstoodByAnIndependentServer()
    {
        var responder = new StunResponder([IPAddress.Parse("198.51.100.10"), IPAddress.Parse("198.51.100.11")], [3478, 3479]);
        byte[] request = new StunRequest { ChangeAddress = true, ChangePort = true, ResponsePort = 999, PaddingBytes = 1501 }.ToArray();
        Assert.Equal(0, request.Length % 4);
        (byte[] answer, IPEndPoint to, int addressIndex, int portIndex) = responder.Respond(request, Source, 0, 0)!.Value;
        Assert.Equal((new IPEndPoint(Source.Address, 999), 1, 1), (to, addressIndex, portIndex));
        Assert.True(StunMessage.TryParse(answer, out StunMessage? message));
        Assert.Equal(Source, message!.MappedAddress);
        Assert.Equal(responder.EndPoint(1, 1), message.ResponseOrigin);
        Assert.Equal(responder.EndPoint(1, 1), message.OtherAddress);
        Assert.False(message.HasUnknownMandatory);
    }

    [Fact]
    public void TryParse_UnknownMandatoryAttribute_IsSaid()
    {
        byte[] message = [1, 1, 0, 4, 0x21, 0x12, 0xA4, 0x42, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x70, 0, 0];
        Assert.True(StunMessage.TryParse(message, out StunMessage? parsed));
        Assert.True(parsed!.HasUnknownMandatory);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void TryParse_AnyBytes_GivesAResult(int seed)
    {
        var prng = new Prng(seed);
        int parsed = 0;
        for (int i = 0; i < 50_000; i++)
        {
            byte[] bytes = (byte[])SampleResponse.Clone();
            for (int flips = prng.Next(4); flips > 0; flips--)
                bytes[prng.Next(bytes.Length)] = (byte)prng.Next(256);
            int length = prng.Next(5) == 0 ? prng.Next(bytes.Length) : bytes.Length;
            if (StunMessage.TryParse(bytes.AsSpan(0, length), out StunMessage? message))
            {
                parsed++;
                Assert.NotNull(message);
                Assert.InRange(message.ErrorCode, 0, 955);
            }
        }

        Assert.InRange(parsed, 1000, 45_000);
    }

    [Fact]
    public async Task RunAsync_ServerOnLoopback_SaysNoNatOverUdpAndTcp()
    {
        await using StunServer server = StunServer.Start(IPAddress.Parse("127.0.0.1"), IPAddress.Parse("127.0.0.2"));
        var options = new NatTestOptions { Server = server.Primary, Local = IPAddress.Parse("127.0.0.1") };
        NatTestReport report = await new NatTestRun(options, TimeProvider.System).RunAsync(CancellationToken.None);
        Assert.Equal(NatBehaviour.NoNat, report.Mapping);
        Assert.Equal(NatBehaviour.EndpointIndependent, report.Filtering);
        Assert.Equal(NatBehaviour.NoNat, report.TcpMapping);
        Assert.Equal(report.Local, report.Mapped);
    }
}
