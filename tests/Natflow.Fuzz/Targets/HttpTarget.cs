using Natflow.Inspect.Http;
using Natflow.Inspect.Observe;

namespace Natflow.Fuzz.Targets;

internal sealed class HttpTarget : FuzzTarget
{
    public override string Name => "http";

    public override IEnumerable<byte[]> Seeds() =>
    [
        "GET /a?b=c HTTP/1.1\r\nHost: a.example:8080\r\nAccept: */*\r\n\r\n"u8.ToArray(),
        "POST http://a.example/ HTTP/1.0\nhost:\tx\nContent-Length: 12\nTransfer-Encoding: gzip, chunked\nUpgrade: h2c\n\n1a;x=y\n"u8.ToArray(),
        "\r\nCONNECT [2001:db8::1]:443 HTTP/1.1\r\n\r\n0\r\nX: y\r\n\r\n"u8.ToArray(),
    ];

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        ParseStatus status = HttpRequestParser.TryParse(input, out HttpRequest request);
        outcome.Add((int)status);
        if (status == ParseStatus.Complete)
        {
            if (request.HeadBytes > input.Length || request.ContentBytes < 0) throw new InvalidOperationException("a head beyond the input");
            outcome.Add(request.HasHost);
            outcome.Add(request.IsChunked);
            outcome.AddSize(request.ContentBytes);
            outcome.AddSize(request.Target.Length);
            input = input[request.HeadBytes..];
        }

        outcome.Add((int)ChunkedBody.TryStep(input, out long advance, out bool isLast));
        outcome.AddSize(advance);
        outcome.Add(isLast);
        outcome.Add((int)ChunkedBody.TryStepTrailer(input, out advance, out _));
        if (advance > input.Length) throw new InvalidOperationException("a trailer line beyond the input");
        return outcome.Value;
    }
}
