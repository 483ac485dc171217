using Natflow.Inspect.Build;
using Natflow.Inspect.Tls;

namespace Natflow.Fuzz.Targets;

internal sealed class DtlsTarget : FuzzTarget
{
    private readonly byte[] _scratch = new byte[1 << 14];

    public override string Name => "dtls";

    public override IEnumerable<byte[]> Seeds()
    {
        byte[] body = ClientHelloBuilder.Message("www.example.org"u8.ToArray(), isDatagram: true)[4..];
        yield return Record(body, 0, body.Length);
        yield return [.. Record(body, 0, 60), .. Record(body, 60, body.Length - 60)];
    }

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        outcome.Add(DatagramHello.IsLikely(input));
        outcome.Add((int)DatagramHello.TryReadBody(input, _scratch, out ReadOnlySpan<byte> body));
        TlsTarget.Add(ref outcome, body, isDatagram: true);
        return outcome.Value;
    }

    private static byte[] Record(byte[] body, int offset, int length) =>
    [
        22, 0xFE, 0xFD, 0, 0, 0, 0, 0, 0, 0, 0, (byte)((length + 12) >> 8), (byte)(length + 12),
        1, 0, (byte)(body.Length >> 8), (byte)body.Length, 0, 0, 0, (byte)(offset >> 8), (byte)offset, 0, (byte)(length >> 8), (byte)length, .. body[offset..(offset + length)],
    ];
}
