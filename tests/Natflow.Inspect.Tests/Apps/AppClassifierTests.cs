using Natflow.Inspect.Apps;
using Natflow.Inspect.Catalogue;
using Natflow.Inspect.Observe;
using Natflow.Packets;
using Natflow.Testing;

namespace Natflow.Inspect.Tests.Apps;

public sealed class AppClassifierTests : IDisposable
{
    private readonly AppCatalogue _catalogue = AppCatalogue.LoadBuiltIn(1);
    private readonly AppClassifier _classifier;
    private AppFlow _flow;

    public AppClassifierTests() => _classifier = new AppClassifier(_catalogue);

    public void Dispose() => _catalogue.Dispose();

    [Fact]
    public void OnName_AfterACarrier_GivesTheAnswer()
    {
        Assert.Equal(AppOutcome.Finished, Send("1603010200010001fc0303"));
        Assert.Equal(AppOutcome.Matched, _classifier.OnName(ref _flow, ObservationKind.Tls, ObservationFlags.HasName, "www.Netflix.com"u8));
        Assert.Equal((0x1002, FlowProtocol.Tls, 0x1002, AppSource.Tls), (_flow.AnswerId, _flow.Protocol, _flow.AppId, _flow.Source));
        Assert.Equal(AppOutcome.Finished, _classifier.OnName(ref _flow, ObservationKind.Tls, ObservationFlags.HasName, "qq.com"u8));
        Assert.Equal(0x1002, _flow.AnswerId);
        Assert.Equal((1ul, 1ul, 1ul), (_classifier.Counters.Matches, _classifier.Counters.MatchesBy(2), _classifier.Counters.AppExists));
    }

    [Fact]
    public void OnName_OfAnHttpHost_MayHaveAPort()
    {
        _classifier.OnName(ref _flow, ObservationKind.Http, ObservationFlags.HasName, "www.iqiyi.com:8080"u8);
        Assert.Equal((0x1003, AppSource.Http), (_flow.AnswerId, _flow.Source));
    }

    [Fact]
    public void OnName_OfADnsQuestion_IsAnIntentAlone()
    {
        Send("123401000001000000000000037777770271710363 6f6d0000010001".Replace(" ", string.Empty, StringComparison.Ordinal), serverPort: 53, isTcp: false);
        _classifier.OnName(ref _flow, ObservationKind.Dns, ObservationFlags.HasName, "www.qq.com"u8);
        Assert.Equal((1, 0x2003, AppSource.Dns), (_flow.AnswerId, _flow.AppId, _flow.Source));
        Assert.Equal((1ul, 0ul), (_classifier.Counters.DnsAppIntents, _classifier.Counters.DomainMatches));
    }

    [Fact]
    public void OnPacket_BothBudgetsSpent_LetsTheFlowGo()
    {
        for (int i = 0; i < AppClassifier.PacketsPerDirectionMax; i++)
            Assert.Equal(AppOutcome.Pending, Send("ffffffff"));
        Assert.Equal(AppOutcome.Pending, Send("5353482d322e302d")); // Too late.
        for (int i = 1; i < AppClassifier.PacketsPerDirectionMax; i++)
            Assert.Equal(AppOutcome.Pending, Send("ffffffff", isReply: true));
        Assert.Equal(AppOutcome.Finished, Send("ffffffff", isReply: true));
        Assert.Equal((0, 1ul), (_flow.AnswerId, _classifier.Counters.EndedBy(AppEnd.Budget)));
    }

    [Fact]
    public void OnPacket_ThePacketLimit_LetsAOneSidedFlowGo()
    {
        for (int i = 0; i < AppClassifier.PacketsMax; i++)
            Assert.Equal(AppOutcome.Pending, Send("ffffffff"));
        Assert.Equal(AppOutcome.Finished, Send("ffffffff"));
        Assert.Equal(1ul, _classifier.Counters.EndedBy(AppEnd.PacketLimit));
    }

    [Fact]
    public void OnPacket_Fin_EndsAfterItsPayload()
    {
        Assert.Equal(AppOutcome.Finished, Send(string.Empty, flags: TcpFlags.Fin));
        Assert.Equal(1ul, _classifier.Counters.EndedBy(AppEnd.Transport));
        _flow = default;
        Assert.Equal(AppOutcome.Matched, Send("5353482d322e302d", flags: TcpFlags.Fin));
    }

    [Fact]
    public void OnPacket_ASynAfterAConnectionThatCameToNothing_BeginsAnew()
    {
        Send(string.Empty, flags: TcpFlags.Syn);
        Assert.Equal(AppOutcome.Finished, Send(string.Empty, isReply: true, flags: TcpFlags.Rst | TcpFlags.Ack));
        Send(string.Empty, flags: TcpFlags.Syn);
        Assert.Equal(AppOutcome.Matched, Send("5353482d322e302d"));
    }

    [Fact]
    public void ApplyInferred_ACarrierWithoutAName_TakesWhatDnsSaid()
    {
        _classifier.NoteInferred(ref _flow, "www.netflix.com"u8);
        Send("1603010200010001fc0303");
        Assert.Equal(AppOutcome.Matched, _classifier.ApplyInferred(ref _flow));
        Assert.Equal((0x1002, AppSource.DnsAnswer, true), (_flow.AnswerId, _flow.Source, _flow.IsInferred));
    }

    [Fact]
    public void ApplyInferred_AFlowThatSaidWhatItIs_KeepsThat()
    {
        _classifier.NoteInferred(ref _flow, "www.netflix.com"u8);
        Send("5353482d322e302d");
        Assert.Equal(AppOutcome.Finished, _classifier.ApplyInferred(ref _flow));
        Assert.Equal((2, 0), (_flow.AnswerId, _flow.AppId));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void OnPacket_AnyBytes_EndsByExactlyOneReason(int seed)
    {
        var prng = new Prng(seed);
        string[] seeds = ["1603010200010001fc0303", "300f02010104", "0001000c2112a442", "ff534d4272", "10140004", "4544000100", "050100", "0300000b06e0", "c000000001"];
        ushort[] ports = [53, 69, 123, 161, 389, 443, 1812, 3389, 5683, 8801, 138, 57621, 40000];
        byte[] buffer = new byte[400];
        const int flows = 3000;
        for (int i = 0; i < flows; i++)
        {
            _flow = default;
            bool isTcp = prng.Next(2) == 0;
            ushort port = ports[prng.Next(ports.Length)];
            for (int packet = 0; packet < 10; packet++)
            {
                Span<byte> payload = buffer.AsSpan(0, prng.Next(buffer.Length));
                prng.NextBytes(payload);
                byte[] start = Convert.FromHexString(seeds[prng.Next(seeds.Length)]);
                if (prng.Next(3) == 0 && start.Length <= payload.Length) start.CopyTo(payload);
                _classifier.OnPacket(ref _flow, new AppPacket { Payload = payload, IsTcp = isTcp, IsReply = prng.Next(2) == 0, ClientPort = 40000, ServerPort = port });
            }

            _classifier.Complete(ref _flow);
            Assert.True(_flow.IsFinished);
        }

        Assert.Equal((ulong)flows, Enum.GetValues<AppEnd>().Aggregate(0ul, (sum, end) => sum + _classifier.Counters.EndedBy(end)));
        Assert.Equal((ulong)flows, _classifier.Counters.Armed);
    }

    [Fact]
    public void OnPacket_InSteadyState_AllocatesNothing()
    {
        byte[] payload = new byte[200];
        Classify(payload, 2000);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Classify(payload, 2000);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private void Classify(byte[] payload, int count)
    {
        for (int i = 0; i < count; i++)
        {
            AppFlow flow = default;
            payload[0] = (byte)i;
            _classifier.OnPacket(ref flow, new AppPacket { Payload = payload, IsTcp = (i & 256) != 0, ClientPort = 40000, ServerPort = 443 });
            _classifier.OnName(ref flow, ObservationKind.Tls, ObservationFlags.HasName, "www.example.com"u8);
        }
    }

    private AppOutcome Send(string hex, bool isReply = false, byte flags = 0, ushort serverPort = 40001, bool isTcp = true) => _classifier.OnPacket(ref _flow, new AppPacket
    {
        Payload = Convert.FromHexString(hex),
        IsTcp = isTcp,
        IsReply = isReply,
        ClientPort = 40000,
        ServerPort = serverPort,
        TcpFlags = flags,
    });
}
