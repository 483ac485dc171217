using Natflow.Flows.Alg.Sip;

namespace Natflow.Fuzz.Targets;

internal sealed class SipTarget : FuzzTarget
{
    internal static readonly byte[] Invite =
        [.. "INVITE sip:b@198.51.100.10 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.5:5060;branch=z9\r\nContact: <sip:a@10.0.0.5:5060>\r\nContent-Type: application/sdp\r\n"u8,
         .. "Content-Length: 76\r\n\r\nv=0\r\no=- 1 1 IN IP4 10.0.0.5\r\nc=IN IP4 10.0.0.5\r\nm=audio 4000 RTP/AVP 0\r\n"u8];

    public override string Name => "sip";

    public override IEnumerable<byte[]> Seeds() => [Invite, "SIP/2.0 200 OK\nv: SIP/2.0/TCP [::1]\nl:0\n\n"u8.ToArray()];

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        outcome.Add(SipText.IsStartLine(input));
        int headBytes = SipText.HeadBytes(input);
        if (headBytes > input.Length) throw new InvalidOperationException("a head beyond the input");
        outcome.AddSize(Math.Max(0, headBytes));
        outcome.AddSize(Math.Max(0, SipText.ContentLength(input[..Math.Max(0, headBytes)])));
        for (int count = 0; !input.IsEmpty && count < 64; count++)
        {
            ReadOnlySpan<byte> line = SipText.NextLine(input);
            if (line.IsEmpty) throw new InvalidOperationException("an empty line of text that is not empty");
            outcome.Add((int)SipText.Classify(line, out int valueOffset));
            if (valueOffset > line.Length) throw new InvalidOperationException("a value beyond its line");
            input = input[line.Length..];
        }

        return outcome.Value;
    }
}
