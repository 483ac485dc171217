using System.Buffers.Binary;

using Natflow.Core;
using Natflow.Packets.Ip;
using Natflow.Packets.Link;

namespace Natflow.Packets.Icmp;

/// <summary>Turns a frame into the ICMPv6 error about it, in place: the headers go before the packet, which becomes the quote (RFC 4443 section 2.4).</summary>
public static class Icmpv6ErrorBuilder
{
    /// <summary>Bytes that the error's own headers need before the packet.</summary>
    public const int HeaderBytes = Ipv6HeaderWalker.Ipv6Bytes + IcmpBytes;

    /// <summary>An error is no longer than the least MTU (RFC 4443 section 2.4(c)).</summary>
    private const int ErrorBytesMax = 1280;

    private const int IcmpBytes = 8;
    private const byte HopLimit = 64;

    /// <summary>Whether a packet may be answered by an error at all (RFC 4443 section 2.4(e)).</summary>
    /// <param name="packet">From a whole IPv6 header on.</param>
    /// <param name="protocol">Its transport.</param>
    /// <param name="icmpType">Its ICMPv6 type, where the transport is ICMPv6.</param>
    /// <param name="isTooBig">Packet Too Big is also sent about multicast.</param>
    public static bool MayAnswer(ReadOnlySpan<byte> packet, byte protocol, byte icmpType, bool isTooBig)
    {
        if (protocol == IpProtocol.IcmpV6 && Icmpv6Type.IsError(icmpType)) return false;
        bool fromOne = packet[8] != 0xFF && packet.Slice(8, Ipv6Address.SizeBytes).IndexOfAnyExcept((byte)0) >= 0;
        return fromOne && (packet[24] != 0xFF || isTooBig);
    }

    /// <summary>Writes the error; link addresses are exchanged, for it leaves the way the packet came.</summary>
    /// <param name="room">The frame with at least <see cref="HeaderBytes"/> bytes before it.</param>
    /// <param name="frameOffset">Where the frame starts in <paramref name="room"/>.</param>
    /// <param name="l3Offset">Bytes from the frame's start to the IPv6 header.</param>
    /// <param name="source">The gateway's own address on that side.</param>
    /// <param name="type">Error type.</param>
    /// <param name="code">Error code.</param>
    /// <param name="rest">The word behind the checksum, host order: MTU, pointer or 0.</param>
    /// <returns>Length of the new frame, which starts <see cref="HeaderBytes"/> before the old one.</returns>
    public static int Build(Span<byte> room, int frameOffset, int l3Offset, in Ipv6Address source, byte type, byte code, uint rest)
    {
        Span<byte> frame = room[(frameOffset - HeaderBytes)..];
        room.Slice(frameOffset, l3Offset).CopyTo(frame);
        LinkRewriter.SwapAddresses(frame);
        Span<byte> packet = frame[l3Offset..];
        int quotedBytes = packet.Length - HeaderBytes;
        int declaredBytes = Ipv6HeaderWalker.Ipv6Bytes + BinaryPrimitives.ReadUInt16BigEndian(packet[(HeaderBytes + 4)..]);
        quotedBytes = Math.Min(Math.Min(quotedBytes, declaredBytes), ErrorBytesMax - HeaderBytes);

        Ipv6Address destination = Ipv6Address.Read(packet[(HeaderBytes + 8)..]);
        int icmpBytes = IcmpBytes + quotedBytes;
        Ipv6HeaderWriter.Write(packet, 0, icmpBytes, IpProtocol.IcmpV6, HopLimit, in source, in destination);
        Span<byte> message = packet.Slice(Ipv6HeaderWalker.Ipv6Bytes, icmpBytes);
        message[0] = type;
        message[1] = code;
        message[2] = message[3] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(message[4..], rest);
        BitConverter.TryWriteBytes(message[2..], TransportChecksum.Compute(packet.Slice(8, 32), IpProtocol.IcmpV6, message));
        LinkRewriter.SetPayload(frame, l3Offset, EtherType.Ipv6, HeaderBytes + quotedBytes);
        return l3Offset + HeaderBytes + quotedBytes;
    }
}
