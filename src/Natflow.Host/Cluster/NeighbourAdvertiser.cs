using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net.Sockets;
using Natflow.Core;
using Natflow.Packets;
using Natflow.Packets.Link;

namespace Natflow.Host.Cluster;

/// <summary>As <see cref="ArpResponder"/>, for IPv6: answers neighbour solicitations for the addresses taken over, and announces them by unsolicited advertisements.</summary>
/// <remarks>
/// In the namespace of the thread that opened it. Needs CAP_NET_RAW. Solicitations to one address alone reach it for link-local addresses: those to others are
/// packets that the gateway forwards, so that their neighbours resolve anew by multicast where they would only probe.
/// </remarks>
internal sealed class NeighbourAdvertiser : IAsyncDisposable
{
    private const ushort EtherTypeIpv6 = 0x86DD;
    private const int Ipv6At = 14;
    private const int IcmpAt = 54;
    private const int TargetAt = 62;
    private const int OptionsAt = 78;
    private const int FrameBytes = 86; // With one option.
    private const int FrameBytesMax = 256;
    private const byte Solicitation = 135;
    private const byte Advertisement = 136;
    private const byte HopLimit = 255; // Nothing from behind a router (RFC 4861 section 7.1.1).
    private const uint Router = 0x8000_0000;
    private const uint Solicited = 0x4000_0000;
    private const uint Override = 0x2000_0000;
    private const ulong AllNodesMac = 0x3333_0000_0001;

    // ldb [20]; jeq ICMPv6; ldb [54]; jeq solicitation; ret whole; ret nothing
    private static readonly (ushort Code, byte True, byte False, uint Operand)[] Solicitations =
        [(0x30, 0, 0, 20), (0x15, 0, 3, IpProtocol.IcmpV6), (0x30, 0, 0, IcmpAt), (0x15, 0, 1, Solicitation), (0x06, 0, 0, FrameBytesMax), (0x06, 0, 0, 0)];

    private static readonly UInt128 AllNodes = new(0xFF02_0000_0000_0000, 1);

    private readonly PacketSocket _socket = new(EtherTypeIpv6);
    private readonly ConcurrentDictionary<(int LinkIndex, UInt128 Address), TakenAddress> _taken = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Task _answering;

    /// <summary>Begins to answer; for no address yet.</summary>
    /// <exception cref="SocketException">No CAP_NET_RAW.</exception>
    internal NeighbourAdvertiser()
    {
        _socket.Filter(Solicitations);
        _answering = Task.Run(() => _socket.Listen(FrameBytesMax, AnswerOne, _end.Token));
    }

    /// <summary>Answers for an address from now on, and announces it (RFC 4861 section 7.2.6).</summary>
    /// <param name="linkIndex">The interface.</param>
    /// <param name="address">IPv6, unicast.</param>
    /// <param name="taken">Where it is found, and how long.</param>
    /// <exception cref="SocketException">The interface is down or gone.</exception>
    internal void Take(int linkIndex, UInt128 address, TakenAddress taken)
    {
        if (_taken.TryAdd((linkIndex, address), taken))
            _socket.Join(linkIndex, GroupOf(address));
        _taken[(linkIndex, address)] = taken;
        Span<byte> frame = stackalloc byte[FrameBytes];
        Write(frame, AllNodesMac, AllNodes, taken.Mac, address, Router | Override);
        _socket.Send(linkIndex, frame);
    }

    /// <summary>Answers for an address no more.</summary>
    internal void Leave(int linkIndex, UInt128 address)
    {
        if (_taken.TryRemove((linkIndex, address), out _))
            _socket.Leave(linkIndex, GroupOf(address));
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _answering;
        _socket.Dispose();
        _end.Dispose();
    }

    // Link address of the solicited-node group (RFC 4291 section 2.7.1, RFC 2464 section 7).
    private static ulong GroupOf(UInt128 address) => 0x3333_FF00_0000 | ((ulong)address & 0xFF_FFFF);

    private void AnswerOne(ReadOnlySpan<byte> frame, int linkIndex)
    {
        if (!IsSolicitation(frame))
            return;
        UInt128 target = BinaryPrimitives.ReadUInt128BigEndian(frame[TargetAt..]);
        if (!_taken.TryGetValue((linkIndex, target), out TakenAddress? taken) || !taken.IsOwned())
            return;
        UInt128 asker = BinaryPrimitives.ReadUInt128BigEndian(frame[(Ipv6At + 8)..]);
        Span<byte> answer = stackalloc byte[FrameBytes];
        if (asker == UInt128.Zero) // Somebody wants the address for itself: all are told whose it is (RFC 4862 section 5.4.3).
            Write(answer, AllNodesMac, AllNodes, taken.Mac, target, Router | Override);
        else
            Write(answer, MacAddress.Read(frame[6..]), asker, taken.Mac, target, Router | Solicited | Override);
        _socket.Send(linkIndex, answer);
    }

    // RFC 4861 section 7.1.1. The length is the header's: what is behind it is padding.
    private static bool IsSolicitation(ReadOnlySpan<byte> frame)
    {
        if (frame.Length < OptionsAt || frame[Ipv6At] >> 4 != 6 || frame[Ipv6At + 6] != IpProtocol.IcmpV6 || frame[Ipv6At + 7] != HopLimit || frame[IcmpAt] != Solicitation || frame[IcmpAt + 1] != 0)
            return false;
        int length = BinaryPrimitives.ReadUInt16BigEndian(frame[(Ipv6At + 4)..]);
        return length >= OptionsAt - IcmpAt && IcmpAt + length <= frame.Length
            && TransportChecksum.Compute(frame.Slice(Ipv6At + 8, 32), IpProtocol.IcmpV6, frame.Slice(IcmpAt, length)) == 0;
    }

    private static void Write(Span<byte> frame, ulong toMac, UInt128 to, ulong mac, UInt128 address, uint flags)
    {
        frame.Clear();
        MacAddress.Write(frame, toMac);
        MacAddress.Write(frame[6..], mac);
        BinaryPrimitives.WriteUInt16BigEndian(frame[12..], EtherTypeIpv6);
        frame[Ipv6At] = 0x60;
        BinaryPrimitives.WriteUInt16BigEndian(frame[(Ipv6At + 4)..], FrameBytes - IcmpAt);
        frame[Ipv6At + 6] = IpProtocol.IcmpV6;
        frame[Ipv6At + 7] = HopLimit;
        BinaryPrimitives.WriteUInt128BigEndian(frame[(Ipv6At + 8)..], address);
        BinaryPrimitives.WriteUInt128BigEndian(frame[(Ipv6At + 24)..], to);
        frame[IcmpAt] = Advertisement;
        BinaryPrimitives.WriteUInt32BigEndian(frame[(IcmpAt + 4)..], flags);
        BinaryPrimitives.WriteUInt128BigEndian(frame[TargetAt..], address);
        frame[OptionsAt] = 2; // Target link-layer address.
        frame[OptionsAt + 1] = 1;
        MacAddress.Write(frame[(OptionsAt + 2)..], mac);
        ushort checksum = TransportChecksum.Compute(frame.Slice(Ipv6At + 8, 32), IpProtocol.IcmpV6, frame[IcmpAt..]);
        frame[IcmpAt + 2] = (byte)checksum;
        frame[IcmpAt + 3] = (byte)(checksum >> 8);
    }
}
