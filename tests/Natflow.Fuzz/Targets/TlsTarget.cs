using Natflow.Inspect.Build;
using Natflow.Inspect.Observe;
using Natflow.Inspect.Tls;

namespace Natflow.Fuzz.Targets;

internal sealed class TlsTarget : FuzzTarget
{
    private readonly byte[] _scratch = new byte[TlsHandshakeReader.MessageBytesMax];

    public override string Name => "tls";

    public override IEnumerable<byte[]> Seeds()
    {
        byte[] message = ClientHelloBuilder.Message("www.example.org"u8.ToArray(), alpn: ["h2"u8.ToArray()], isEncrypted: true);
        yield return ClientHelloBuilder.Records(message);
        yield return ClientHelloBuilder.Records(message, recordBytesMax: 40);
        yield return ClientHelloBuilder.Records(ClientHelloBuilder.Message(null, keyShareBytes: 1220), recordBytesMax: 512);
    }

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        outcome.Add((int)TlsHandshakeReader.Recognise(input));
        if (TlsHandshakeReader.Recognise(input) == ParseStatus.Complete)
        {
            outcome.Add((int)TlsHandshakeReader.TryReadBody(input, _scratch, out ReadOnlySpan<byte> body));
            input = body;
        }

        Add(ref outcome, input, isDatagram: false);
        return outcome.Value;
    }

    internal static void Add(ref Outcome outcome, ReadOnlySpan<byte> body, bool isDatagram)
    {
        outcome.Add((int)ClientHelloParser.TryParse(body, isDatagram, out ClientHello hello));
        outcome.Add(hello.HasServerName);
        outcome.Add(hello.IsEncrypted);
        outcome.Add(hello.Version >> 8);
        outcome.AddSize(hello.ServerName.Length);
        outcome.AddSize(hello.AlpnList.Length);
    }
}
