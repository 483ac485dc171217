using Natflow.Core;
using Natflow.Memory;
using Natflow.Packets;
using Natflow.Packets.Icmp;
using Natflow.Packets.Ip;

namespace Natflow.Fuzz.Targets;

/// <summary>The first stage of the packet path, and the parsers of ICMP errors and IPv6 chains.</summary>
internal sealed class PacketTarget : FuzzTarget
{
    private const int ChunkBytes = 8192;

    private readonly Umem _umem = new(2, ChunkBytes);

    public override string Name => "packet";

    public override IEnumerable<byte[]> Seeds() => SeedFrames.All();

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        if (input.IsEmpty) return 0;
        foreach (FrameFlags flags in (FrameFlags[])[FrameFlags.None, FrameFlags.Captured])
        {
            input.CopyTo(_umem.Frame(Umem.HeadroomBytes, input.Length));
            FrameDescriptor[] burst = [new FrameDescriptor { FrameOffset = Umem.HeadroomBytes, LengthBytes = (ushort)input.Length, Flags = flags }];
            FrameParser.ParseBatch(_umem, burst, zone: 0, Side.Lan, new FlowHash(1));
            outcome.Add((int)burst[0].Kind);
            outcome.Add(burst[0].Kind == PacketKind.Drop ? (int)burst[0].Reason : burst[0].L4Offset);
            if (burst[0].L3Offset > input.Length || burst[0].L4Offset > input.Length) throw new InvalidOperationException("an offset beyond the frame");
            if (burst[0].Kind == PacketKind.IcmpError)
                outcome.Add((int)IcmpErrorParser.TryParse(input, burst[0].L3Offset, flags == FrameFlags.Captured, out _));
        }

        outcome.Add((int)Ipv6HeaderWalker.TryWalk(input[Math.Min(14, input.Length)..], out Ipv6Headers headers));
        outcome.Add(headers.IsFragment);
        return outcome.Value;
    }

    protected override void Dispose(bool isDisposing)
    {
        _umem.Dispose();
        base.Dispose(isDisposing);
    }
}
