using Natflow.Inspect.Observe;
using Natflow.Inspect.UrlLog;
using Natflow.Packets;

namespace Natflow.Fuzz.Targets;

/// <summary>A request on its way into the URL log and out of it in all three forms: whatever a client asks for, a record stays a record.</summary>
internal sealed class RecordTarget : InspectorTarget
{
    private static readonly int EmptyTabs = UrlText.ToTsv(default, default).Count(static unit => unit == '\t');

    private readonly VisitLog _log = new(new UrlLogSettings(), seed: 1);
    private readonly byte[] _record = new byte[UrlRecordV2.RecordBytesMax];

    public override string Name => "record";

    public override IEnumerable<byte[]> Seeds() =>
    [
        "GET /a?b=\t\"c\\\x01 HTTP/1.1\r\nHost: A.example:8080\r\n\r\n"u8.ToArray(),
        "GET http://user@b.example:80/x HTTP/1.1\r\nHost: c.example\r\n\r\nPOST * HTTP/1.0\r\n\r\n"u8.ToArray(),
        [.. "GET /"u8, .. Enumerable.Repeat((byte)'u', 2500), .. " HTTP/1.1\r\nHost: d.example\r\n\r\n"u8],
    ];

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        Inspector.OnTcp(Ends(80, Core.IpProtocol.Tcp), new TcpSegment(1, 1, TcpFlags.Ack), input, 0);
        foreach (ref readonly Observation seen in Inspector.Observations.Observations)
            _log.Add(Inspector.Observations, in seen, UrlVisit.Of(in seen));
        while (_log.TryTake(long.MaxValue, out UrlRecord record, out ReadOnlySpan<byte> text))
            outcome.AddSize(Check(in record, text));
        outcome.Add((int)Finish());
        return outcome.Value;
    }

    protected override void Dispose(bool isDisposing)
    {
        _log.Dispose();
        base.Dispose(isDisposing);
    }

    // A line is one line of as many fields as ever, JSON is JSON, and the binary record says its own length.
    private int Check(in UrlRecord record, ReadOnlySpan<byte> text)
    {
        string tsv = UrlText.ToTsv(in record, text);
        if (tsv.Any(static unit => unit is '\n' or '\r') || tsv.Count(static unit => unit == '\t') != EmptyTabs) throw new InvalidOperationException(tsv);
        using var json = System.Text.Json.JsonDocument.Parse(UrlText.ToJson(in record, text));
        int length = UrlRecordV2.Write(in record, text, 0, _record);
        if (length != UrlRecordV2.HeaderBytes + text.Length || BitConverter.ToUInt16(_record, 4) != length) throw new InvalidOperationException($"a record of {length} bytes");
        return length;
    }
}
