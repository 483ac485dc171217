using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Natflow.Host.Cluster;

/// <summary>Tells a network that an IPv4 address is at this interface now: gratuitous ARP, as request and as reply, for some stacks heed only one (RFC 5227 section 3).</summary>
/// <remarks>Any thread. In the namespace of the thread that opened it. Needs CAP_NET_RAW.</remarks>
internal sealed class AddressAnnouncer : IDisposable
{
    private const int FrameBytes = 42;
    private const int SocketAddressBytes = 20; // struct sockaddr_ll
    private const ushort EtherTypeArp = 0x0806;

    private readonly Socket _socket = new(AddressFamily.Packet, SocketType.Raw, 0);

    /// <summary>Announces an address.</summary>
    /// <param name="linkIndex">The interface.</param>
    /// <param name="mac">Its link address, in the low 48 bits.</param>
    /// <param name="address">IPv4, host byte order.</param>
    /// <exception cref="SocketException">The interface is down or gone.</exception>
    internal void Announce(int linkIndex, ulong mac, uint address)
    {
        SocketAddress to = Broadcast(linkIndex);
        Span<byte> frame = stackalloc byte[FrameBytes];
        foreach (ushort operation in new ushort[] { 1, 2 })
        {
            Write(frame, operation, mac, address);
            _socket.SendTo(frame, SocketFlags.None, to);
        }
    }

    /// <inheritdoc />
    public void Dispose() => _socket.Dispose();

    private static void Write(Span<byte> frame, ushort operation, ulong mac, uint address)
    {
        Span<byte> macBytes = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(macBytes, mac);
        ReadOnlySpan<byte> own = macBytes[2..];
        frame[..6].Fill(byte.MaxValue);
        own.CopyTo(frame[6..]);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], EtherTypeArp);
        BinaryPrimitives.WriteUInt16BigEndian(frame[14..], 1); // Ethernet
        BinaryPrimitives.WriteUInt16BigEndian(frame[16..], 0x0800);
        frame[18] = 6;
        frame[19] = 4;
        BinaryPrimitives.WriteUInt16BigEndian(frame[20..], operation);
        own.CopyTo(frame[22..]);
        BinaryPrimitives.WriteUInt32BigEndian(frame[28..], address);
        frame.Slice(32, 6).Fill(operation == 1 ? (byte)0 : byte.MaxValue);
        BinaryPrimitives.WriteUInt32BigEndian(frame[38..], address);
    }

    private static SocketAddress Broadcast(int linkIndex)
    {
        var address = new SocketAddress(AddressFamily.Packet, SocketAddressBytes);
        Span<byte> bytes = address.Buffer.Span;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], EtherTypeArp);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], linkIndex);
        bytes[11] = 6;
        bytes.Slice(12, 6).Fill(byte.MaxValue);
        return address;
    }
}
