using Natflow.Core;
using Natflow.Inspect.Build;

namespace Natflow.Fuzz.Targets;

/// <summary>The frames inside an Initial packet: the input is protected properly, so that the tag does not keep mutants out.</summary>
internal sealed class QuicFramesTarget : InspectorTarget
{
    private const uint Version1 = 1;

    private static readonly byte[] Id = [1, 2, 3, 4, 5, 6, 7, 8];

    public override string Name => "quic-frames";

    public override int InputBytesMax => 1400;

    public override IEnumerable<byte[]> Seeds()
    {
        byte[] hello = ClientHelloBuilder.Message("q.example"u8.ToArray());
        yield return QuicInitialBuilder.CryptoFrame(0, hello);
        yield return [1, 0, 0, 2, 5, 0, 1, 1, 0, 0, 3, 5, 0, 0, 1, 1, 1, 1, .. QuicInitialBuilder.CryptoFrame(50, hello.AsSpan(50)), .. QuicInitialBuilder.CryptoFrame(0, hello.AsSpan(0, 60))];
    }

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        int half = input.Length / 2;
        Inspector.OnUdp(Ends(443, IpProtocol.Udp), QuicInitialBuilder.Packet(Version1, Id, Id, 0, input[..half], plainBytesMin: 20), 0);
        Inspector.OnUdp(Ends(443, IpProtocol.Udp), QuicInitialBuilder.Packet(Version1, Id, Id, 1, input, plainBytesMin: 20), 0);
        return Finish();
    }
}
