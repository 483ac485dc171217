using Natflow.Packets;
using Natflow.Packets.Build;

namespace Natflow.Testing.Flows;

/// <summary>Frames of the conversations that tests hold. Addresses and ports in host byte order.</summary>
public static class Frames
{
    /// <summary>A UDP datagram.</summary>
    public static byte[] Udp((uint Address, ushort Port) from, (uint Address, ushort Port) to, int payloadBytes = 4, byte ttl = 64) =>
        PacketBuilder.Ethernet().Ipv4(from.Address, to.Address, ttl).Udp(from.Port, to.Port).Payload(Pattern(payloadBytes)).ToArray();

    /// <summary>A TCP segment.</summary>
    public static byte[] Tcp((uint Address, ushort Port) from, (uint Address, ushort Port) to, byte flags, int payloadBytes = 0, byte ttl = 64) =>
        PacketBuilder.Ethernet().Ipv4(from.Address, to.Address, ttl, dontFragment: true)
            .Tcp(from.Port, to.Port, flags, sequence: 1000).Payload(Pattern(payloadBytes)).ToArray();

    /// <summary>A TCP SYN.</summary>
    public static byte[] Syn((uint Address, ushort Port) from, (uint Address, ushort Port) to) => Tcp(from, to, TcpFlags.Syn);

    /// <summary>A TCP SYN with an MSS option.</summary>
    public static byte[] SynWithMss((uint Address, ushort Port) from, (uint Address, ushort Port) to, ushort mss, byte flags = TcpFlags.Syn) =>
        PacketBuilder.Ethernet().Ipv4(from.Address, to.Address, dontFragment: true)
            .Tcp(from.Port, to.Port, flags, options: [2, 4, (byte)(mss >> 8), (byte)mss]).ToArray();

    /// <summary>A TCP SYN with ACK.</summary>
    public static byte[] SynAck((uint Address, ushort Port) from, (uint Address, ushort Port) to) => Tcp(from, to, TcpFlags.Syn | TcpFlags.Ack);

    /// <summary>An ICMP query.</summary>
    public static byte[] Query(uint source, uint destination, byte type, ushort identifier, byte ttl = 64) =>
        PacketBuilder.Ethernet().Ipv4(source, destination, ttl).IcmpQuery(type, identifier).Payload(Pattern(8)).ToArray();

    /// <summary>An echo request.</summary>
    public static byte[] Ping(uint source, uint destination, ushort identifier, byte ttl = 64) => Query(source, destination, 8, identifier, ttl);

    /// <summary>An echo reply.</summary>
    public static byte[] Pong(uint source, uint destination, ushort identifier) => Query(source, destination, 0, identifier);

    /// <summary>An ICMP error.</summary>
    /// <param name="source">Who reports.</param>
    /// <param name="quoted">The frame that is reported, as the reporter saw it.</param>
    /// <param name="type">ICMP type.</param>
    /// <param name="code">ICMP code.</param>
    /// <param name="rest">Second word, as the next-hop MTU.</param>
    /// <param name="quotedBytesMax">Where the quote is cut.</param>
    public static byte[] Error(uint source, byte[] quoted, byte type, byte code, uint rest = 0, int quotedBytesMax = 28)
    {
        PacketView packet = PacketView.Of(quoted);
        ReadOnlySpan<byte> quote = packet.Bytes.AsSpan(0, Math.Min(packet.TotalBytes, Math.Max(quotedBytesMax, packet.HeaderBytes + 8)));
        return PacketBuilder.Ethernet().Ipv4(source, packet.Source).Icmp(type, code, rest).Payload(quote).ToArray();
    }

    /// <summary>Cuts a datagram into fragments.</summary>
    /// <param name="frame">A whole IPv4 packet without options in an Ethernet frame.</param>
    /// <param name="payloadBytes">IP payload of each fragment but the last: a multiple of 8.</param>
    /// <param name="identification">Goes into each.</param>
    public static IReadOnlyList<byte[]> Fragments(byte[] frame, int payloadBytes, ushort identification)
    {
        PacketView packet = PacketView.Of(frame);
        byte[] payload = packet.Payload;
        var fragments = new List<byte[]>();
        for (int offset = 0; offset < payload.Length; offset += payloadBytes)
        {
            int end = Math.Min(payload.Length, offset + payloadBytes);
            fragments.Add(PacketBuilder.Ethernet()
                .Ipv4(packet.Source, packet.Destination, packet.Ttl, identification, offset, moreFragments: end != payload.Length)
                .Protocol(packet.Protocol).Payload(payload.AsSpan(offset, end - offset)).ToArray());
        }

        return fragments;
    }

    /// <summary>Puts fragments together again; null where bytes are missing, overlap with other contents, or belong to several datagrams.</summary>
    public static byte[]? Reassemble(IEnumerable<byte[]> frames)
    {
        PacketView[] parts = [.. frames.Select(PacketView.Of).OrderBy(static part => part.FragmentOffset)];
        if (parts.Length == 0 || parts.DistinctBy(static part => (part.Source, part.Destination, part.Identification, part.Protocol)).Count() != 1)
            return null;
        var payload = new List<byte>();
        foreach (PacketView part in parts)
        {
            if (part.FragmentOffset != payload.Count)
                return null;
            payload.AddRange(part.Payload);
        }

        if (parts[^1].MoreFragments)
            return null;
        return PacketBuilder.Ethernet().Ipv4(parts[0].Source, parts[0].Destination, parts[0].Ttl)
            .Protocol(parts[0].Protocol).Payload([.. payload]).ToArray();
    }

    /// <summary>Bytes that no two places share by chance.</summary>
    public static byte[] Pattern(int lengthBytes)
    {
        byte[] payload = new byte[lengthBytes];
        new Prng(lengthBytes).NextBytes(payload);
        return payload;
    }
}
