using Natflow.Inspect.Build;
using Natflow.Inspect.Observe;
using Natflow.Testing;

namespace Natflow.Inspect.Tests.Observe;

public sealed class TcpFlowTests
{
    private const string First = "GET /1 HTTP/1.1\r\nHost: a.example\r\n\r\n";
    private const string Second = "POST /2 HTTP/1.1\r\nHost: b.example\r\nContent-Length: 10\r\n\r\n0123456789";
    private const string Third = "PUT /3 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n0\r\nX: y\r\n\r\n";

    private static readonly string[] All = ["Http GET a.example /1", "Http POST b.example /2", "Http PUT - /3", "Http GET a.example /1"];
    private static readonly byte[] Hello = ClientHelloBuilder.Records(ClientHelloBuilder.Message("tls.example"u8.ToArray(), keyShareBytes: 1220, ["h2"u8.ToArray()]));
    private static readonly string[] HelloSeen = ["Tls tls.example h2"];

    [Fact]
    public void OnTcp_Pipelined_GivesEachRequest()
    {
        using var rig = new Rig();
        rig.Open();
        rig.Send(1000, First + Second + Third + First);
        Assert.Equal(All, rig.Seen);
    }

    [Theory]
    [InlineData(1, 10)]
    [InlineData(2, 40)]
    [InlineData(3, 3)]
    [InlineData(4, 100)]
    public void OnTcp_AnyOrderOverlapAndRepetition_GiveTheSame(int seed, int segmentBytesMax)
    {
        byte[] stream = Rig.Bytes(First + Second + Third + First);
        for (int round = 0; round < 100; round++)
        {
            var prng = new Prng((seed * 1000) + round);
            using var rig = new Rig();
            rig.Open();
            foreach ((int start, int end) in Segments(prng, stream.Length, segmentBytesMax))
                rig.Send((uint)(1000 + start), stream.AsSpan(start, end - start));
            Assert.Equal(All, rig.Seen);
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public void OnTcp_HelloInAnyOrder_GivesTheName(int seed)
    {
        for (int round = 0; round < 100; round++)
        {
            var prng = new Prng((seed * 1000) + round);
            using var rig = new Rig();
            rig.Open();
            foreach ((int start, int end) in Segments(prng, Hello.Length, 400))
                rig.Send((uint)(1000 + start), Hello.AsSpan(start, end - start));
            Assert.Equal(HelloSeen, rig.Seen);
        }
    }

    [Fact]
    public void OnTcp_Overlap_FirstWins()
    {
        using var rig = new Rig();
        rig.Open();
        rig.Send(1005, "right HTTP/1.1\r\nHost: a\r\n\r\n");
        rig.Send(1000, "GET /wrong");
        Assert.Equal(["Http GET a /right"], rig.Seen);
    }

    [Fact]
    public void OnTcp_SequenceWraps_GoesOn()
    {
        using var rig = new Rig();
        rig.Open(uint.MaxValue - 5);
        byte[] stream = Rig.Bytes(First + First);
        rig.Send(uint.MaxValue - 5, stream.AsSpan(0, 20));
        rig.Send(14, stream.AsSpan(20));
        Assert.Equal([All[0], All[0]], rig.Seen);
    }

    [Fact]
    public void OnTcp_MissingBody_IsPassedOver()
    {
        using var rig = new Rig();
        rig.Open();
        rig.Send(1000, Second[..^10]);
        rig.Send((uint)(1000 + Second.Length), First);
        Assert.Equal([All[1], All[0]], rig.Seen);
    }

    [Fact]
    public void OnTcp_LateSyn_DoesNotBeginAnew()
    {
        using var rig = new Rig();
        rig.Send(1000, First[..12]);
        rig.Open();
        rig.Send(1012, First[12..]);
        Assert.Equal([All[0]], rig.Seen);
    }

    [Fact]
    public void OnTcp_NewSyn_BeginsAnew()
    {
        using var rig = new Rig();
        rig.Open();
        rig.Send(1000, First[..12]);
        rig.Open(sequence: 70_000);
        rig.Send(70_000, First);
        Assert.Equal([All[0]], rig.Seen);
    }

    [Fact]
    public void OnTcp_RequestInTheOtherDirection_IsMarked()
    {
        using var rig = new Rig();
        rig.Open();
        rig.Inspector.OnTcp(Rig.Ends().Reversed, new TcpSegment(5000, 1000, Rig.Ack), Rig.Bytes(First), 0);
        Assert.Equal([All[0] + " [FromReply]"], rig.Seen);
    }

    [Fact]
    public void OnTcp_AfterConnect_NothingMore()
    {
        using var rig = new Rig();
        rig.Open();
        rig.Send(1000, "CONNECT a:443 HTTP/1.1\r\n\r\n" + First);
        Assert.Equal(["Http CONNECT - a:443"], rig.Seen);
    }

    [Fact]
    public void OnTcp_BytesWithoutMeaning_NextSegmentFindsTheWayBack()
    {
        using var rig = new Rig();
        rig.Open();
        rig.Send(1000, "EHLO\r\nsomething");
        rig.Send(1015, First);
        Assert.Equal([All[0]], rig.Seen);
    }

    [Fact]
    public void OnTcp_HoleThatNothingFills_NextRequestIsFoundBehindTheWindow()
    {
        using var rig = new Rig();
        rig.Open();
        rig.Send(1000, "GET /lost");
        rig.Send(2000, new byte[60_000]);
        rig.Send(62_000, new byte[3_000]);
        rig.Send(65_000, First);
        Assert.Equal([All[0]], rig.Seen);
        Assert.True(rig.Inspector.Counters.WindowsExceeded > 0);
    }

    [Fact]
    public void OnTcp_ForThePacketPath_IsDoneWithTheFirstDecision()
    {
        using var rig = new Rig(new InspectorSettings { FlowCapacity = 16, BufferBytes = 1 << 16 });
        Assert.Equal(InspectOutcome.Pending, rig.Open());
        Assert.Equal(InspectOutcome.Pending, rig.Send(1000, First[..9]));
        Assert.Equal(InspectOutcome.Done, rig.Send(1009, First[9..]));
        Assert.Equal(InspectOutcome.Done, rig.Send(1000, "SSH-2.0-x\r\n", flow: 2));
        Assert.Equal(InspectOutcome.Done, rig.Send(1000, Hello, flow: 3));
        Assert.Equal([All[0], HelloSeen[0]], rig.Seen);
        Assert.Equal(0, rig.Inspector.FlowCount);
    }

    [Fact]
    public void OnTcp_BudgetSpent_IsLetGoWithWhatWasSaid()
    {
        var settings = new InspectorSettings { FlowCapacity = 16, BufferBytes = 1 << 16, PacketsPerFlowMax = 3 };
        using var rig = new Rig(settings);
        InspectOutcome outcome = InspectOutcome.Pending;
        int sent = 0;
        for (; outcome == InspectOutcome.Pending; sent++)
            outcome = rig.Send((uint)(1000 + (sent * 10)), Hello.AsSpan(sent * 10, 10));
        Assert.Equal(4, sent);
        Assert.Equal(1u, rig.Inspector.Counters.BudgetsSpent);

        rig.Send(1000, Hello.AsSpan(0, Hello.Length - 1), flow: 2);
        rig.NowNs = settings.FlowNsMax + 1;
        rig.Inspector.Advance(rig.NowNs);
        Assert.Equal(["Tls tls.example"], rig.Seen); // The name was there; the rest never came.
        Assert.Equal((0, 0), (rig.Inspector.FlowCount, rig.Inspector.Counters.PagesUsed));
    }

    [Fact]
    public void OnTcp_Forget_GivesPagesBack()
    {
        using var rig = new Rig();
        rig.Send(1000, Hello.AsSpan(0, 100));
        rig.Inspector.Forget(Rig.Ends().Reversed, 0);
        Assert.Equal((0, 0), (rig.Inspector.FlowCount, rig.Inspector.Counters.PagesUsed));
    }

    private static List<(int Start, int End)> Segments(Prng prng, int length, int segmentBytesMax)
    {
        var segments = new List<(int Start, int End)>();
        for (int start = 0; start < length;)
        {
            int end = Math.Min(length, start + 1 + prng.Next(segmentBytesMax));
            segments.Add((start, end));
            if (prng.Next(4) == 0) segments.Add((Math.Max(0, start - prng.Next(9)), Math.Min(length, end + prng.Next(9))));
            start = end;
        }

        // Neighbours change places, so that holes are few.
        for (int i = 0; i + 3 < segments.Count; i++)
        {
            int other = i + prng.Next(4);
            (segments[i], segments[other]) = (segments[other], segments[i]);
        }

        return segments;
    }
}
