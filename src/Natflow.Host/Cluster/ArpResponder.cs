using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using Natflow.Packets.Link;

namespace Natflow.Host.Cluster;

/// <summary>
/// Answers ARP for the addresses that this node has taken over, and announces them. The kernel does not have them: when this process dies nobody answers, and
/// packets that still come are not for the box, so that no reset goes out before the next owner is found.
/// </summary>
/// <remarks>In the namespace of the thread that opened it. Needs CAP_NET_RAW.</remarks>
internal sealed class ArpResponder : IAsyncDisposable
{
    private const int FrameBytes = 42;
    private const int FrameBytesMax = 64;
    private const ushort EtherTypeArp = 0x0806;
    private const ushort Request = 1;
    private const ushort Reply = 2;
    private const ulong Broadcast = 0xFFFF_FFFF_FFFF;

    private readonly PacketSocket _socket = new(EtherTypeArp);
    private readonly ConcurrentDictionary<(int LinkIndex, uint Address), TakenAddress> _taken = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _answering;

    /// <summary>Begins to answer; for no address yet.</summary>
    /// <exception cref="SocketException">No CAP_NET_RAW.</exception>
    internal ArpResponder() => _answering = Task.Run(() => _socket.Listen(FrameBytesMax, AnswerOne, _end.Token));

    /// <summary>Answers for an address from now on, and announces it (RFC 5227 section 3) as request and as reply, for some stacks heed only one.</summary>
    /// <param name="linkIndex">The interface.</param>
    /// <param name="address">IPv4, host byte order.</param>
    /// <param name="taken">Where it is found, and how long.</param>
    /// <exception cref="SocketException">The interface is down or gone.</exception>
    internal void Take(int linkIndex, uint address, TakenAddress taken)
    {
        _taken[(linkIndex, address)] = taken;
        byte[] frame = new byte[FrameBytes];
        foreach (ushort operation in new[] { Request, Reply })
        {
            Write(frame, operation, taken.Mac, address, targetMac: operation == Request ? 0UL : Broadcast, address);
            MacAddress.Write(frame, Broadcast);
            _socket.Send(linkIndex, frame);
        }
    }

    /// <summary>Answers for an address no more.</summary>
    internal void Leave(int linkIndex, uint address) => _taken.TryRemove((linkIndex, address), out _);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _answering;
        _socket.Dispose();
        _end.Dispose();
    }

    // Probes of others for their own address (sender 0) are answered too: the address is taken.
    private void AnswerOne(ReadOnlySpan<byte> request, int linkIndex)
    {
        if (request.Length < FrameBytes || BinaryPrimitives.ReadUInt16BigEndian(request[20..]) != Request
            || !_taken.TryGetValue((linkIndex, BinaryPrimitives.ReadUInt32BigEndian(request[38..])), out TakenAddress? taken) || !taken.IsOwned())
        {
            return;
        }

        ulong asker = MacAddress.Read(request[22..]);
        if (asker == taken.Mac)
            return; // Our own announcement.
        Span<byte> reply = stackalloc byte[FrameBytes];
        Write(reply, Reply, taken.Mac, BinaryPrimitives.ReadUInt32BigEndian(request[38..]), asker, BinaryPrimitives.ReadUInt32BigEndian(request[28..]));
        MacAddress.Write(reply, asker);
        _socket.Send(linkIndex, reply);
    }

    private static void Write(Span<byte> frame, ushort operation, ulong mac, uint address, ulong targetMac, uint targetAddress)
    {
        MacAddress.Write(frame[6..], mac);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], EtherTypeArp);
        BinaryPrimitives.WriteUInt16BigEndian(frame[14..], 1); // Ethernet
        BinaryPrimitives.WriteUInt16BigEndian(frame[16..], 0x0800);
        frame[18] = 6;
        frame[19] = 4;
        BinaryPrimitives.WriteUInt16BigEndian(frame[20..], operation);
        MacAddress.Write(frame[22..], mac);
        BinaryPrimitives.WriteUInt32BigEndian(frame[28..], address);
        MacAddress.Write(frame[32..], targetMac);
        BinaryPrimitives.WriteUInt32BigEndian(frame[38..], targetAddress);
    }
}
