using System.Text;
using Natflow.Core;
using Natflow.Inspect.Observe;
using Natflow.Inspect.UrlLog;
using Natflow.Testing;

namespace Natflow.Inspect.Tests.UrlLog;

public sealed class VisitLogTests : IDisposable
{
    private const long Second = 1_000_000_000;

    private static readonly FlowEnds Ends = new(FlowEnds.Map(0x0A01A8C0), FlowEnds.Map(0x01010101), 40000, 80, IpProtocol.Tcp, IsIpv6: false, Zone: 0);

    private readonly ObservationBatch _batch = new(4, 1 << 14);
    private VisitLog _log = new(new UrlLogSettings { Capacity = 4, TextBytes = 4096 }, seed: 1);

    public void Dispose() => _log.Dispose();

    [Fact]
    public void Add_EqualVisitsInTheWindow_AreOneRecord()
    {
        Add("GET", "Example.com:80", "/a", 1);
        Add("GET", "example.com", "/a", 11, Ends with { ClientPort = 40001 });
        Add("GET", "example.com", "/a", 12);
        Add("POST", "example.com", "/a", 12);
        Assert.Equal((3, 3ul, 1ul), (_log.Count, _log.Counters.Added, _log.Counters.Merged));
        Assert.True(_log.TryTake(100 * Second, out UrlRecord record, out ReadOnlySpan<byte> text));
        Assert.Equal((2, 40000, 1 * Second, 11), (record.Hits, record.SourcePort, record.TimestampNs, record.HostBytes));
        Assert.Equal("example.com/a", Encoding.ASCII.GetString(text));
    }

    [Fact]
    public void TryTake_ARecord_IsReadyWhenOlderThanTheWindow()
    {
        Add("GET", "example.com", "/", 1);
        Assert.False(_log.TryTake(11 * Second, out _, out _));
        Assert.True(_log.TryTake(12 * Second, out _, out _));
        Assert.False(_log.TryTake(12 * Second, out _, out _));
    }

    [Fact]
    public void Add_Full_RefusesTheNewButMerges()
    {
        for (int i = 0; i < 5; i++)
            Add("GET", $"h{i}.com", "/", 1);
        Add("GET", "h0.com", "/", 2);
        Assert.Equal((4, 1ul, 1ul), (_log.Count, _log.Counters.Full, _log.Counters.Merged));
        Assert.True(_log.TryTake(20 * Second, out UrlRecord record, out _));
        Assert.Equal(2, record.Hits);
        Add("GET", "h9.com", "/", 20);
        Assert.Equal(4, _log.Count);
    }

    [Theory]
    [InlineData("a_b.com", "/", 1ul, 0ul, 0ul)]
    [InlineData("[::1]", "/", 1ul, 0ul, 0ul)]
    [InlineData("a.com", "/\u0001", 0ul, 1ul, 0ul)]
    [InlineData("a.com", "/\u007f", 0ul, 1ul, 0ul)]
    public void Add_NoNameOrAControlByte_IsCounted(string host, string uri, ulong names, ulong targets, ulong tooLong)
    {
        Add("GET", host, uri, 1);
        Assert.Equal((0, names, targets, tooLong), (_log.Count, _log.Counters.NamesRefused, _log.Counters.TargetsRefused, _log.Counters.TooLong));
    }

    [Theory]
    [InlineData(2042, 1)]
    [InlineData(2043, 0)]
    public void Add_Text_MayHave2047Bytes(int uriBytes, int count)
    {
        Add("GET", "a.com", "/" + new string('u', uriBytes - 1), 1);
        Assert.Equal((count, (ulong)(1 - count)), (_log.Count, _log.Counters.TooLong));
    }

    [Theory]
    [InlineData("GET", "http://example.com/x?y", "example.com/x?y")]
    [InlineData("GET", "http://example.com", "example.com")]
    [InlineData("CONNECT", "example.com:443", "example.com")]
    [InlineData("OPTIONS", "*", "example.com*")]
    public void Add_OtherFormsOfTarget_LeaveThePath(string method, string target, string expected)
    {
        Add(method, "example.com", target, 1);
        _log.TryTake(long.MaxValue, out _, out ReadOnlySpan<byte> text);
        Assert.Equal(expected, Encoding.ASCII.GetString(text));
    }

    [Theory]
    [InlineData(UrlTuple.Original, 0x0A01A8C0u, 0x01010101u)]
    [InlineData(UrlTuple.ClientAndAnswerer, 0x0A01A8C0u, 0x02020202u)]
    [InlineData(UrlTuple.Translated, 0x03030303u, 0x02020202u)]
    public void Add_TheTuple_ChoosesAddresses(UrlTuple tuple, uint source, uint destination)
    {
        _log.Dispose();
        _log = new VisitLog(new UrlLogSettings { Tuple = tuple }, seed: 1);
        var reply = new FlowEnds(FlowEnds.Map(0x02020202), FlowEnds.Map(0x03030303), 80, 1024, IpProtocol.Tcp, IsIpv6: false, 0);
        Add("GET", "example.com", "/", 1, Ends, new UrlVisit(reply, 0, UrlVisit.NoSlot, 0));
        Assert.True(_log.TryTake(long.MaxValue, out UrlRecord record, out _));
        Assert.Equal((source, destination), (FlowEnds.Unmap(record.Source), FlowEnds.Unmap(record.Destination)));
    }

    [Fact]
    public void Write_ARecord_HasTheOriginalsBytes()
    {
        Add("GET", "example.com", "/a", 75, Ends, new UrlVisit(Ends.Reversed, 0x001122334455, 7, 2));
        Add("GET", "example.com", "/a", 76);
        _log.TryTake(long.MaxValue, out UrlRecord record, out ReadOnlySpan<byte> text);
        byte[] bytes = new byte[UrlRecordV2.RecordBytesMax];
        int length = UrlRecordV2.Write(record, text, bootNs: 15 * Second, bytes);
        string expected = "0200" + "3e00" + "4b00" + "0200" + "3c000000" + "409c" + "5000" + "c0a8010a" + new string('0', 24) + "01010101" + new string('0', 24)
            + "001122334455" + "0200" + "0b00" + "01" + "01" + "07" + "02" + Convert.ToHexString("example.com/a"u8).ToLowerInvariant();
        Assert.Equal(expected, Convert.ToHexString(bytes, 0, length).ToLowerInvariant());
        Assert.Equal(0, UrlRecordV2.Write(record, text, 0, bytes.AsSpan(0, length - 1)));
    }

    [Fact]
    public void ToTsvAndJson_ARecord_SayTheSame()
    {
        Add("GET", "example.com", "/a b\"\\", 1, Ends, new UrlVisit(Ends.Reversed, 0x001122334455, 7, 2));
        _log.TryTake(long.MaxValue, out UrlRecord record, out ReadOnlySpan<byte> text);
        Assert.Equal("1970-01-01T00:00:01.000Z\thttp\t192.168.1.10\t40000\t1.1.1.1\t80\t00:11:22:33:44:55\t1\tGET\texample.com\t/a\\x20b\"\\x5c\t7\treset\tflow", UrlText.ToTsv(record, text));
        string json = UrlText.ToJson(record, text);
        using var document = System.Text.Json.JsonDocument.Parse(json);
        Assert.Equal("/a\\x20b\"\\x5c", document.RootElement.GetProperty("uri").GetString());
        Assert.Equal("reset", document.RootElement.GetProperty("action").GetString());
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void AddAndTake_AnySequence_AgreesWithAList(int seed)
    {
        var prng = new Prng(seed);
        var model = new List<(string Text, long Second, int Hits)>();
        long now = 1;
        int full = 0;
        for (int step = 0; step < 5000; step++)
        {
            now += prng.Next(3);
            string host = $"h{prng.Next(6)}.com";
            string uri = "/" + new string('u', prng.Next(4) == 0 ? prng.Next(2000) : 3);
            int index = model.FindLastIndex(entry => entry.Text == host + uri && now - entry.Second <= 10);
            Add("GET", host, uri, now);
            if (index >= 0)
            {
                model[index] = model[index] with { Hits = model[index].Hits + 1 };
            }
            else if (_log.Count > model.Count)
            {
                model.Add((host + uri, now, 1));
            }
            else
            {
                full++;
            }

            while (prng.Next(3) == 0 && _log.TryTake(now * Second, out UrlRecord record, out ReadOnlySpan<byte> text))
            {
                Assert.Equal(model[0], (Encoding.ASCII.GetString(text), record.TimestampNs / Second, record.Hits));
                model.RemoveAt(0);
            }

            Assert.True(model.Count == _log.Count, $"seed {seed}, step {step}");
        }

        Assert.Equal((ulong)full, _log.Counters.Full);
        Assert.InRange(full, 1, 4999);
        Assert.InRange(_log.Counters.Merged, 1ul, 4999ul);
    }

    private void Add(string method, string host, string uri, long second) => Add(method, host, uri, second, Ends);

    private void Add(string method, string host, string uri, long second, FlowEnds ends) =>
        Add(method, host, uri, second, ends, new UrlVisit(ends.Reversed, 0, UrlVisit.NoSlot, 0));

    private void Add(string method, string host, string uri, long second, FlowEnds ends, UrlVisit visit)
    {
        _batch.Clear();
        var observation = new Observation { Kind = ObservationKind.Http, Flags = ObservationFlags.HasName, Ends = ends, TimestampNs = second * Second };
        _batch.TryAddText(Encoding.Latin1.GetBytes(method), out observation.Method);
        _batch.TryAddText(Encoding.Latin1.GetBytes(host), out observation.Name);
        _batch.TryAddText(Encoding.Latin1.GetBytes(uri), out observation.Uri);
        _log.Add(_batch, observation, visit);
    }
}
