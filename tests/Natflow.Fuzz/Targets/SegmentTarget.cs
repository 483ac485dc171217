using Natflow.Packets;
using Natflow.Packets.Build;
using Natflow.Ports.AfPacket;

namespace Natflow.Fuzz.Targets;

/// <summary>Headers of a super-frame, and of a segment cut from it; the first byte says what the kernel calls it.</summary>
internal sealed class SegmentTarget : FuzzTarget
{
    private const int KindCount = 6;

    public override string Name => "segment";

    public override int InputBytesMax => 2048;

    public override IEnumerable<byte[]> Seeds()
    {
        byte[] tcp = PacketBuilder.Ethernet().Ipv4(1, 2).Tcp(3, 4, TcpFlags.Ack | TcpFlags.Psh, 5, 6).Payload(new byte[100]).ToArray();
        byte[] udp = PacketBuilder.Ethernet().Ipv4(1, 2).Udp(3, 4).Payload(new byte[100]).ToArray();
        for (byte kind = 0; kind < KindCount; kind++)
        {
            yield return [kind, .. tcp];
            yield return [kind, .. udp];
        }

        foreach (byte[] frame in SeedFrames.All())
            yield return [4, .. frame];
    }

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        if (input.IsEmpty) return outcome.Value;
        byte[] frame = input[1..].ToArray();
        outcome.Add((int)SegmentLayout.TryRead(frame, (byte)(input[0] % KindCount), out SegmentLayout layout));
        if (layout.HeaderBytes > frame.Length) throw new InvalidOperationException("headers beyond the frame");
        if (layout.HeaderBytes == 0) return outcome.Value;
        layout.Finish(frame.AsSpan(layout.L3Offset), 0, 0, isLast: false);
        layout.Finish(frame.AsSpan(layout.L3Offset, layout.HeaderBytes - layout.L3Offset), 1000, 1, isLast: true);
        outcome.Add(layout.Protocol);
        return outcome.Value;
    }
}
