using Natflow.Core;
using Natflow.Inspect.Build;

namespace Natflow.Fuzz.Targets;

internal sealed class QuicTarget : InspectorTarget
{
    private const uint Version1 = 1;
    private const uint Version2 = 0x6B3343CF;

    private static readonly byte[] Id = [1, 2, 3, 4, 5, 6, 7, 8];

    public override string Name => "quic";

    public override IEnumerable<byte[]> Seeds()
    {
        byte[] frame = QuicInitialBuilder.CryptoFrame(0, ClientHelloBuilder.Message("q.example"u8.ToArray()));
        byte[] packet = QuicInitialBuilder.Packet(Version1, Id, Id, 0, frame, plainBytesMin: 300);
        yield return packet;
        yield return QuicInitialBuilder.Packet(Version2, Id, [], 0, frame, plainBytesMin: 300, token: new byte[70]);
        yield return [.. packet, .. packet];
    }

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        Inspector.OnUdp(Ends(443, IpProtocol.Udp), input, 0);
        return Finish();
    }
}
