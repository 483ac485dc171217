using Natflow.Packets.Build;
using Natflow.Ports.Pcap;

namespace Natflow.Fuzz.Targets;

internal sealed class CaptureTarget : FuzzTarget
{
    private readonly byte[] _packet = new byte[2048];

    public override string Name => "capture";

    public override IEnumerable<byte[]> Seeds()
    {
        byte[] frame = PacketBuilder.Ethernet().Ipv4(1, 2).Udp(3, 4).Payload(new byte[20]).ToArray();
        using var pcap = new MemoryStream();
        using (var writer = new PcapWriter(pcap))
        {
            writer.Write(1_000_000_000, frame, (uint)frame.Length);
            writer.Write(2_000_000_000, frame, 1500);
        }

        yield return pcap.ToArray();
        using var pcapng = new MemoryStream();
        using (var writer = new PcapngWriter(pcapng, 1, 101))
        {
            writer.Write(0, 1_000_000_000, frame, (uint)frame.Length);
            writer.Write(1, 2_000_000_000, frame, 1500);
        }

        yield return pcapng.ToArray();
        using var zipped = new MemoryStream();
        using (var gzip = new System.IO.Compression.GZipStream(zipped, System.IO.Compression.CompressionLevel.Fastest))
            gzip.Write(pcap.ToArray());
        yield return zipped.ToArray();
    }

    public override ulong Run(ReadOnlySpan<byte> input)
    {
        var outcome = default(Outcome);
        if (!CaptureReader.TryOpen(new MemoryStream(input.ToArray()), "input", out CaptureReader? reader, out CaptureError? error))
        {
            outcome.Add((int)error.Kind);
            return outcome.Value;
        }

        using (reader)
        {
            while (reader.TryRead(_packet, out CapturePacket packet))
            {
                outcome.AddSize(packet.CapturedBytes);
                outcome.Add(packet.IsOversize);
                outcome.Add(LinkTypeAdapter.IsKnown(packet.LinkType));
            }

            outcome.Add(reader.Damage is not null);
        }

        return outcome.Value;
    }
}
