using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Packets.Ip;

namespace Natflow.Flows.Ipv6;

/// <summary>An IPv6 packet on the slow path: its addresses, chain and length, and its two ends as the inside knows them.</summary>
internal ref struct Ipv6Packet
{
    /// <summary>The packet from its IPv6 header on.</summary>
    internal Span<byte> Bytes;

    /// <summary>Source as it lies in the packet.</summary>
    internal Ipv6Address Source;

    /// <summary>Destination as it lies in the packet.</summary>
    internal Ipv6Address Destination;

    /// <summary>Extension headers.</summary>
    internal Ipv6Headers Headers;

    /// <summary>L3 bytes.</summary>
    internal int LengthBytes;

    /// <summary>Subscriber's address, behind any translation.</summary>
    internal Ipv6Address Inside;

    /// <summary>Subscriber's port, behind any translation, network order.</summary>
    internal ushort InsidePortBe;

    /// <summary>NAT66 mapping that the packet came in by, or <see cref="Table.FlowTable.None"/>.</summary>
    internal uint MappingIndex;

    /// <summary>It goes from inside to an outside address of a subscriber.</summary>
    internal bool TurnsRound;

    /// <summary>Reads a parsed frame.</summary>
    internal static Ipv6Packet Read(Span<byte> frameBytes, ref readonly FrameDescriptor frame)
    {
        Span<byte> bytes = frameBytes[frame.L3Offset..];
        int payloadBytes = BinaryPrimitives.ReadUInt16BigEndian(bytes[4..]);
        var packet = new Ipv6Packet
        {
            Bytes = bytes,
            Source = Ipv6Address.Read(bytes[Ipv6Rewriter.SrcOffset..]),
            Destination = Ipv6Address.Read(bytes[Ipv6Rewriter.DstOffset..]),
            LengthBytes = payloadBytes == 0 ? bytes.Length : Ipv6HeaderWalker.Ipv6Bytes + payloadBytes,
            MappingIndex = Table.FlowTable.None,
        };

        // The parser has walked the chain: what it let through is well formed.
        _ = Ipv6HeaderWalker.TryWalk(bytes[..Math.Min(bytes.Length, packet.LengthBytes)], out packet.Headers);
        packet.Inside = frame.Key.Side == Side.Lan ? packet.Source : packet.Destination;
        packet.InsidePortBe = frame.Key.Side == Side.Lan ? frame.Key.SrcPortBe : frame.Key.DstPortBe;
        return packet;
    }

    /// <summary>The flow's key.</summary>
    internal readonly Ipv6FlowKey KeyOf(ref readonly FrameDescriptor frame) => new(
        Inside,
        frame.Key.Side == Side.Lan ? Destination : Source,
        InsidePortBe,
        frame.Key.Side == Side.Lan ? frame.Key.DstPortBe : frame.Key.SrcPortBe,
        frame.Key.Zone,
        frame.Key.Protocol,
        frame.Key.Side);
}
