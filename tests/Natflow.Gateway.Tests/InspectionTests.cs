using System.Buffers.Binary;
using System.Text;
using Natflow.Actors;
using Natflow.Core;
using Natflow.Gateway.Inspection;
using Natflow.Inspect.Apps;
using Natflow.Inspect.Build;
using Natflow.Inspect.Catalogue;
using Natflow.Inspect.Domains;
using Natflow.Inspect.Observe;
using Natflow.Inspect.UrlLog;
using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Testing;

namespace Natflow.Gateway.Tests;

/// <summary>Inspection in the flow stage: what is told of forwarded frames, what it costs, and what garbage does to it.</summary>
public sealed class InspectionTests : IDisposable
{
    private const ushort HttpPort = 80;
    private const ushort TlsPort = 443;
    private const int BufferBytes = 1 << 18;
    private const int Subscribers = 100;
    private const int FlowsPerRun = 200;
    private const int RunCount = 6;

    private readonly AppCatalogue _catalogue = AppCatalogue.LoadBuiltIn(seed: 3);
    private readonly DomainTable _lists = new(capacity: 4, seed: 3);
    private readonly List<InspectionBatch> _batches = [];
    private readonly PlaneRig _rig;
    private Handler? _handler;
    private byte[] _lastOut = [];

    public InspectionTests()
    {
        _lists.TryAdd("listed.example"u8, 2, DomainMatch.Suffix);
        _rig = new PlaneRig(inspection: system => new InspectionPlan
        {
            Sink = system.ActorOf(Props.Create(() => new Collector(_batches))),
            Catalogue = _catalogue,
            Lists = _lists,
            FlowsMax = 1000,
            Inspector = new InspectorSettings { FlowCapacity = 1000, BufferBytes = BufferBytes, BatchCapacity = 256, BatchTextBytes = 1 << 18 },
            UrlLog = new UrlLogSettings { Capacity = 256, TextBytes = 1 << 16, WindowSeconds = 0 },
            MakeHandler = _ => (inspection, _, _, verdicts, _) => _handler?.Invoke(inspection, verdicts),
        });
        _rig.Plane.InspectionOf(0)!.Switch(new InspectionSwitch(IsOn: true, LogsVisits: true, ReportsApps: true));
    }

    public void Dispose()
    {
        _rig.Dispose();
        _lists.Dispose();
        _catalogue.Dispose();
    }

    [Fact]
    public void Request_OfATranslatedFlow_IsAVisitAndReleasesTheFlow()
    {
        Handshake(0, HttpPort);
        Assert.Equal(1, Wanted.Count);
        Send(Tcp(0, HttpPort, 1, "GET /a HTTP/1.1\r\nHost: www.example.com\r\n\r\n"u8));
        Assert.Equal(0, Wanted.Count);
        UrlRecord record = Assert.Single(Visits(out string[] texts));
        Assert.Equal("www.example.com/a", texts[0]);
        Assert.Equal(BinaryPrimitives.ReverseEndianness(Frames.Subscriber(0)), FlowEnds.Unmap(record.Source));
        Assert.Equal((HttpPort, ObservationKind.Http, 0x02_00_00_00_00_01UL), (record.DestinationPort, record.Kind, record.Mac));
    }

    [Fact]
    public void Findings_BeforeTheFrameLeaves_NameHostAppAndList()
    {
        var found = new List<(InspectionFinding Finding, string Name)>();
        _handler = (inspection, verdicts) =>
        {
            foreach (ref InspectionFinding finding in inspection.Findings)
            {
                found.Add((finding, Encoding.ASCII.GetString(inspection.NameOf(in finding))));
                finding.AclSlot = 4;
                finding.AclAction = 1;
                verdicts[finding.FrameIndex] = Verdict.Drop;
            }
        };
        Handshake(0, TlsPort);
        int sent = PlaneRig.Sent(_rig.Wan[0]).Count;
        Send(Tcp(0, TlsPort, 1, Hello("www.listed.example")));
        (InspectionFinding one, string name) = Assert.Single(found);
        Assert.Equal(("www.listed.example", 2, ObservationKind.Tls, FlowProtocol.Tls), (name, one.ListNumber, one.Kind, one.Protocol));
        Assert.Empty(PlaneRig.Sent(_rig.Wan[0]));
        UrlRecord record = Assert.Single(Visits(out _));
        Assert.Equal((4, 1), (record.AclSlot, record.AclAction));
        Assert.Equal(1, sent); // The ACK: the SYN was taken before.
    }

    [Fact]
    public async Task Lists_ThatWereChanged_AreInForceFromTheNextNameOn()
    {
        using var other = new DomainTable(capacity: 4, seed: 5);
        other.TryAdd("other.example"u8, 1, DomainMatch.Suffix);
        var found = new List<(string Name, ushort List)>();
        _handler = (inspection, _) =>
        {
            foreach (ref readonly InspectionFinding finding in inspection.Findings)
                found.Add((Encoding.ASCII.GetString(inspection.NameOf(in finding)), finding.ListNumber));
        };
        Visit(0, "www.listed.example");
        Task applied = _rig.Plane.Apply(new DomainListsRequest(other));
        _rig.Settle();
        await applied;
        Visit(1, "www.listed.example");
        Visit(2, "www.other.example");
        Assert.Equal([("www.listed.example", (ushort)2), ("www.listed.example", (ushort)0), ("www.other.example", (ushort)1)], found);
        Task removed = _rig.Plane.Apply(new DomainListsRequest(Lists: null));
        _rig.Settle();
        await removed;
        Visit(3, "www.other.example");
        Assert.Equal(("www.other.example", (ushort)0), found[^1]);
        Assert.Equal(2ul, Counters.NamesListed);

        void Visit(int flow, string name)
        {
            Handshake(flow, TlsPort);
            Send(Tcp(flow, TlsPort, 1, Hello(name)));
        }
    }

    [Fact]
    public void Counters_OfTwoShards_AreSummedOneAndAll()
    {
        object one = new InspectionCounters();
        foreach (System.Reflection.FieldInfo field in typeof(InspectionCounters).GetFields())
            field.SetValue(one, Convert.ChangeType(3, field.FieldType, System.Globalization.CultureInfo.InvariantCulture));
        var sum = (InspectionCounters)one;
        sum.Add((InspectionCounters)one);
        Assert.All(typeof(InspectionCounters).GetFields(), field => Assert.Equal("6", $"{field.GetValue(sum)}"));
    }

    [Fact]
    public void Answer_OfASshServer_IsAnEvent()
    {
        Handshake(0, 22);
        _rig.Wan[0].Feed(Reply(22, "SSH-2.0-OpenSSH_9.6\r\n"u8));
        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        _rig.Settle();
        AppEvent seen = Assert.Single(_batches.SelectMany(static batch => batch.Events.ToArray()));
        Assert.Equal(((ushort)FlowProtocol.Ssh, AppSource.Ssh, true), (seen.AppId, seen.Source, seen.IsFromReply));
    }

    [Fact]
    public void AFlow_ThatSaysNothing_IsLetGoInTime()
    {
        Handshake(0, TlsPort);
        Assert.Equal(1, Wanted.Count);
        _rig.Time.Advance(TimeSpan.FromSeconds(9));
        _rig.Settle();
        Assert.Equal(0, Wanted.Count);
        Assert.Equal(1ul, Counters.BudgetsSpent);
    }

    [Fact]
    public void Switch_Off_ReleasesAndTakesNoMore()
    {
        Handshake(0, TlsPort);
        _rig.State().Wanted!.Switch(isOn: false);
        Assert.Equal(0, Wanted.Count);
        Handshake(1, TlsPort);
        Assert.Equal(0, Wanted.Count);
    }

    [Fact]
    public void HalfOpenFlowsWithGarbage_AreForwardedAtOnceUnderTheCap()
    {
        byte[] garbage = new byte[600];
        new Prng(5).NextBytes(garbage);
        "\u0016\u0003\u0001\u0010\0\u0001\0\u0010\0\u0003\u0003"u8.CopyTo(garbage); // A record and a hello that never end.
        int sent = 0;
        for (int flow = 0; flow < 4000; flow++)
        {
            Send(Syn(flow % Subscribers, TlsPort, (ushort)(40_000 + (flow / Subscribers))));
            Send(Tcp(flow % Subscribers, TlsPort, 1, garbage, (ushort)(40_000 + (flow / Subscribers))));
            Assert.InRange(Counters.BufferedBytes, 0, BufferBytes);
            int now = PlaneRig.Sent(_rig.Wan[0]).Count;
            Assert.Equal(2, now); // Both, in the turn in which they came.
            sent += now;
        }

        Assert.Equal(8000, sent);
        Assert.Equal(1000, Wanted.Count);
        Assert.Equal(3000ul, Counters.FlowsEvicted);
        Assert.NotEqual(0ul, Counters.StreamsEvicted);
        Assert.Equal(0ul, Counters.PagesExhausted);
    }

    [Fact]
    public void Packets_OfInspectedFlows_AllocateNoMoreThanOthers()
    {
        long inspected = Enumerable.Range(0, RunCount).Min(AllocatedFor);
        ulong observations = Counters.Observations;
        Assert.Equal((ulong)(RunCount * FlowsPerRun), observations);
        _rig.Plane.InspectionOf(0)!.Switch(InspectionSwitch.Off);
        long others = Enumerable.Range(RunCount, RunCount).Min(AllocatedFor);
        Assert.Equal(observations, Counters.Observations);
        Assert.InRange(inspected, 0, others + 512); // The rig keeps what it sends, as much in both; the least of several runs, for its queue grows now and then.
    }

    private long AllocatedFor(int run)
    {
        for (int flow = 0; flow < FlowsPerRun; flow++)
        {
            ushort clientPort = (ushort)(40_000 + (run * FlowsPerRun) + flow);
            _rig.Lan[0].Feed(Syn(flow % Subscribers, TlsPort, clientPort));
            _rig.Lan[0].Feed(Tcp(flow % Subscribers, TlsPort, 1, Hello($"host{flow:d4}.example.net"), clientPort));
        }

        long before = GC.GetAllocatedBytesForCurrentThread();
        while (_rig.Turn(0))
        {
        }

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        PlaneRig.Sent(_rig.Wan[0]);
        return allocated;
    }

    private Natflow.Flows.Inspection.WantedFlows Wanted => _rig.State().Wanted!;

    private InspectionCounters Counters => _rig.Plane.InspectionOf(0)!.Report().Counters;

    private static byte[] Hello(string name) => ClientHelloBuilder.Records(ClientHelloBuilder.Message(Encoding.ASCII.GetBytes(name)));

    private static byte[] Syn(int subscriber, ushort port, ushort clientPort = 40_000) => PacketBuilder.Ethernet().Ipv4(Frames.Subscriber(subscriber), Frames.Server)
        .Tcp(clientPort, port, TcpFlags.Syn, sequence: 0).ToArray();

    private static byte[] Tcp(int subscriber, ushort port, uint sequence, ReadOnlySpan<byte> payload, ushort clientPort = 40_000) => PacketBuilder.Ethernet()
        .Ipv4(Frames.Subscriber(subscriber), Frames.Server).Tcp(clientPort, port, TcpFlags.Ack, sequence).Payload(payload).ToArray();

    private void Send(byte[] frame)
    {
        _rig.Lan[0].Feed(frame);
        _rig.Settle();
    }

    // SYN, the answer to what left, ACK.
    private void Handshake(int subscriber, ushort port)
    {
        Send(Syn(subscriber, port));
        _lastOut = PlaneRig.Sent(_rig.Wan[0])[^1];
        _rig.Wan[0].Feed(PacketBuilder.Ethernet().Ipv4(Frames.Server, Frames.Src(_lastOut))
            .Tcp(port, Frames.SrcPort(_lastOut), TcpFlags.Syn | TcpFlags.Ack, sequence: 0, acknowledgement: 1).ToArray());
        _rig.Settle();
        Send(Tcp(subscriber, port, 1, default));
    }

    private byte[] Reply(ushort port, ReadOnlySpan<byte> payload) => PacketBuilder.Ethernet().Ipv4(Frames.Server, Frames.Src(_lastOut))
        .Tcp(port, Frames.SrcPort(_lastOut), TcpFlags.Ack, sequence: 1, acknowledgement: 1).Payload(payload).ToArray();

    private List<UrlRecord> Visits(out string[] texts)
    {
        _rig.Time.Advance(TimeSpan.FromSeconds(2));
        _rig.Settle();
        var records = new List<UrlRecord>();
        var all = new List<string>();
        foreach (InspectionBatch batch in _batches)
        {
            int position = 0;
            while (batch.TryRead(ref position, out UrlRecord record, out ReadOnlySpan<byte> text))
            {
                records.Add(record);
                all.Add(Encoding.ASCII.GetString(text));
            }
        }

        texts = [.. all];
        return records;
    }

    private delegate void Handler(FlowInspection inspection, Span<Verdict> verdicts);

    // Keeps what it gets; the shard makes do with the batches it has left.
    private sealed class Collector : ReceiveActor
    {
        public Collector(List<InspectionBatch> batches) => Receive<InspectionBatch>(batches.Add);
    }
}
