using System.Text;
using Natflow.Policy;
using Natflow.Portal.Logins;
using Natflow.Portal.Radius;
using Natflow.Testing;

namespace Natflow.Portal.Tests.Radius;

/// <summary>Logins by servers that answer right, wrong, late or never.</summary>
public sealed class RadiusLoginTests
{
    private static IpAddress Client => IpAddress.FromIpv4(0x0A000001);

    [Fact]
    public async Task Check_RightAnswer_GrantsWhatItSays()
    {
        await using var server = new FakeServer(static (request, _) => [FakeServer.Accept(request)]);
        RadiusVerdict verdict = await Check(server.Server);
        Assert.Equal((LoginRefusal.None, 600L), (verdict.Refusal, verdict.Grant.Seconds));
        Assert.Equal("gold", Encoding.ASCII.GetString(Assert.Single(verdict.Classes)));
    }

    [Fact]
    public async Task Check_ForgedAnswersBeforeTheRightOne_AreNotTaken()
    {
        var prng = new Prng(5);
        await using var server = new FakeServer((request, _) =>
        {
            byte[] noise = new byte[60];
            prng.NextBytes(noise);
            byte[] reject = new RadiusWriter(RadiusCode.AccessReject, request.Identifier).AddSignature().FinishAnswer(request.Authenticator, FakeServer.Secret);
            return [noise, [], FakeServer.Accept(request, new RadiusSecret("another one")), FakeServer.Accept(request, signed: false), reject];
        });
        Assert.Equal(LoginRefusal.WrongCredentials, (await Check(server.Server)).Refusal);
    }

    [Fact]
    public async Task Check_UnsignedAnswer_IsTakenWhereThatIsAllowed()
    {
        await using var server = new FakeServer(static (request, _) => [FakeServer.Accept(request, signed: false)]);
        RadiusSettings settings = Settings(server.Server) with { RequiresMessageAuthenticator = false };
        Assert.Equal(LoginRefusal.None, (await Check(settings, TimeProvider.System)).Refusal);
    }

    [Fact]
    public async Task Check_Challenge_IsARefusal()
    {
        await using var server = new FakeServer(static (request, _) =>
            [new RadiusWriter(RadiusCode.AccessChallenge, request.Identifier).AddSignature().FinishAnswer(request.Authenticator, FakeServer.Secret)]);
        Assert.Equal(LoginRefusal.WrongCredentials, (await Check(server.Server)).Refusal);
    }

    [Fact]
    public async Task Check_SilentServer_IsAskedAgain_ThenTheNextOne_WhichIsFirstFromThenOn()
    {
        var time = new TestTime();
        await using var silent = new FakeServer((_, _) =>
        {
            time.Advance(TimeSpan.FromSeconds(3)); // Its silence, at once.
            return [];
        });
        await using var answering = new FakeServer(static (request, _) => [FakeServer.Accept(request)]);
        RadiusSettings settings = Settings(silent.Server, answering.Server);
        var told = new List<string>();
        using var exchange = new RadiusExchange(settings, time, told.Add);
        var login = new RadiusLogin(settings, exchange);
        Assert.Equal(LoginRefusal.None, (await login.Check("alice", "secret", Client, 0, "S1", CancellationToken.None)).Refusal);
        Assert.Equal((settings.Tries, 1), (silent.RequestCount, answering.RequestCount));
        Assert.Equal(LoginRefusal.None, (await login.Check("alice", "secret", Client, 0, "S2", CancellationToken.None)).Refusal);
        Assert.Equal((settings.Tries, 2), (silent.RequestCount, answering.RequestCount));
        time.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(LoginRefusal.None, (await login.Check("alice", "secret", Client, 0, "S3", CancellationToken.None)).Refusal);
        Assert.Equal((2 * settings.Tries, 3), (silent.RequestCount, answering.RequestCount));
        Assert.Equal([$"RADIUS server {silent.Server.EndPoint} does not answer"], told); // Once, as long as it stays so.
    }

    [Fact]
    public async Task Check_WrongAnswers_TheOperatorIsToldWhatMayBeWrongAndThatItIsOver()
    {
        var time = new TestTime();
        bool isRight = false;
        await using var server = new FakeServer((request, _) => [isRight ? FakeServer.Accept(request) : FakeServer.Accept(request, new RadiusSecret("another one"))]);
        var told = new List<string>();
        RadiusSettings settings = Settings(server.Server) with { Tries = 1 };
        using var exchange = new RadiusExchange(settings, time, told.Add);
        var login = new RadiusLogin(settings, exchange);
        Task<RadiusVerdict> first = login.Check("alice", "secret", Client, 0, "S1", CancellationToken.None);
        while (exchange.RefusedCount == 0)
            await Task.Yield();
        time.Advance(TimeSpan.FromSeconds(3));
        Assert.Equal(LoginRefusal.Unavailable, (await first).Refusal);
        isRight = true;
        Assert.Equal(LoginRefusal.None, (await login.Check("alice", "secret", Client, 0, "S2", CancellationToken.None)).Refusal);
        Assert.Equal(2, told.Count);
        Assert.Contains("gives answers that are refused: the secrets differ", told[0], StringComparison.Ordinal);
        Assert.Equal($"RADIUS server {server.Server.EndPoint} answers again", told[1]);
    }

    [Theory]
    [InlineData(RadiusType.SessionTimeout, "000258")]
    [InlineData(RadiusType.IdleTimeout, "0000000258")]
    [InlineData(RadiusType.PortLimit, "01")]
    [InlineData(RadiusType.AcctInterimInterval, "0258")]
    [InlineData(RadiusType.VendorSpecific, "0000372A070500000A")] // WISPr, bandwidth up of three bytes.
    [InlineData(RadiusType.VendorSpecific, "0000372A0806000000")] // Its length goes beyond.
    [InlineData(RadiusType.VendorSpecific, "00003A8C1101")] // MikroTik, a length below its own header.
    public async Task Check_LimitOfAWrongLength_IsNoPermission(byte type, string value)
    {
        await using var server = new FakeServer((request, _) => [new RadiusWriter(RadiusCode.AccessAccept, request.Identifier).AddSignature()
            .Add(type, Convert.FromHexString(value)).FinishAnswer(request.Authenticator, FakeServer.Secret)]);
        Assert.Equal(LoginRefusal.Unavailable, (await Check(server.Server)).Refusal);
    }

    [Fact]
    public async Task Check_NoServerListens_IsUnavailable()
    {
        RadiusServer gone;
        await using (var server = new FakeServer(static (_, _) => []))
            gone = server.Server;
        Assert.Equal(LoginRefusal.Unavailable, (await Check(gone)).Refusal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Check_Request_IsSignedAndHasNoClearPassword(bool isChap)
    {
        byte[]? seen = null;
        await using var server = new FakeServer((request, _) =>
        {
            seen = request.Bytes;
            return [FakeServer.Accept(request)];
        });
        await Check(Settings(server.Server) with { IsChap = isChap }, TimeProvider.System);
        Assert.True(RadiusPacket.TryParse(seen, out RadiusPacket packet));
        Assert.DoesNotContain("secret", Encoding.Latin1.GetString(seen!), StringComparison.Ordinal);
        byte[] expected = new byte[16];
        RadiusAuthenticators.Sign(packet.Bytes, packet.Authenticator, packet.OffsetOf(RadiusType.MessageAuthenticator), FakeServer.Secret, expected);
        Assert.Equal(expected, packet.Find(RadiusType.MessageAuthenticator));
        Assert.Equal(RadiusType.MessageAuthenticator, packet.Types.First());
        Assert.Equal([10, 0, 0, 1], packet.Find(RadiusType.FramedIpAddress));
        Assert.Equal("02-00-00-00-00-01", packet.Text(RadiusType.CallingStationId));
        if (isChap)
            Assert.Equal(RadiusAuthenticators.Prove(packet.Find(RadiusType.ChapPassword)![0], "secret"u8, packet.Find(RadiusType.ChapChallenge)), packet.Find(RadiusType.ChapPassword));
        else
            Assert.Equal(RadiusAuthenticators.Hide("secret"u8, packet.Authenticator, FakeServer.Secret), packet.Find(RadiusType.UserPassword));
    }

    private static RadiusSettings Settings(params RadiusServer[] servers) => new() { Servers = servers, Timeout = TimeSpan.FromSeconds(3) };

    private static Task<RadiusVerdict> Check(RadiusServer server) => Check(Settings(server), TimeProvider.System);

    private static async Task<RadiusVerdict> Check(RadiusSettings settings, TimeProvider clock)
    {
        using var exchange = new RadiusExchange(settings, clock, static _ => { });
        return await new RadiusLogin(settings, exchange).Check("alice", "secret", Client, 0x02_00_00_00_00_01, "S1", CancellationToken.None);
    }
}
