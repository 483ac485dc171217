using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Natflow.Packets.Link;

namespace Natflow.Host.Cluster;

/// <summary>A packet socket for one EtherType on every interface of its namespace: what answers for addresses that the kernel does not have.</summary>
/// <remarks>Needs CAP_NET_RAW. Sending: any thread.</remarks>
internal sealed class PacketSocket : IDisposable
{
    private const int SocketAddressBytes = 20; // struct sockaddr_ll
    private const int LevelSocket = 1;
    private const int AttachFilter = 26;
    private const int LevelPacket = 263;
    private const int AddMembership = 1;
    private const int DropMembership = 2;
    private const ushort Multicast = 0; // PACKET_MR_MULTICAST
    private const ushort Unicast = 3; // PACKET_MR_UNICAST
    private const int InstructionBytes = 8; // struct sock_filter

    private readonly Socket _socket;
    private readonly ushort _etherType;
    private readonly SocketAddress _from = new(AddressFamily.Packet, SocketAddress.GetMaximumAddressSize(AddressFamily.Packet));

    /// <summary>Opens it in the namespace of the calling thread.</summary>
    /// <param name="etherType">Frames of which are received.</param>
    /// <exception cref="SocketException">No CAP_NET_RAW.</exception>
    internal PacketSocket(ushort etherType)
    {
        _etherType = etherType;
        _socket = new Socket(AddressFamily.Packet, SocketType.Raw, (ProtocolType)BinaryPrimitives.ReverseEndianness(etherType));
    }

    /// <summary>Lets only frames through that a classic BPF program returns more than 0 for.</summary>
    /// <param name="program">Code, jump if true, jump if false, operand.</param>
    internal void Filter(ReadOnlySpan<(ushort Code, byte True, byte False, uint Operand)> program)
    {
        byte[] instructions = new byte[program.Length * InstructionBytes];
        for (int i = 0; i < program.Length; i++)
        {
            Span<byte> at = instructions.AsSpan(i * InstructionBytes);
            BinaryPrimitives.WriteUInt16LittleEndian(at, program[i].Code);
            (at[2], at[3]) = (program[i].True, program[i].False);
            BinaryPrimitives.WriteUInt32LittleEndian(at[4..], program[i].Operand);
        }

        var pinned = GCHandle.Alloc(instructions, GCHandleType.Pinned);
        try
        {
            Span<byte> head = stackalloc byte[16]; // struct sock_fprog: length, padding, address.
            BinaryPrimitives.WriteUInt16LittleEndian(head, (ushort)program.Length);
            BinaryPrimitives.WriteInt64LittleEndian(head[8..], pinned.AddrOfPinnedObject());
            _socket.SetRawSocketOption(LevelSocket, AttachFilter, head);
        }
        finally
        {
            pinned.Free();
        }
    }

    /// <summary>Has an interface take frames for a link address beside its own, a group's or another unicast one; until <see cref="Leave"/> or the end of the process.</summary>
    /// <exception cref="SocketException">The interface is gone.</exception>
    internal void Join(int linkIndex, ulong mac) => SetMembership(AddMembership, linkIndex, mac);

    /// <summary>No more.</summary>
    internal void Leave(int linkIndex, ulong mac)
    {
        try
        {
            SetMembership(DropMembership, linkIndex, mac);
        }
        catch (SocketException)
        {
            // The interface is gone, and the membership with it.
        }
    }

    /// <summary>Sends a frame.</summary>
    /// <param name="linkIndex">On which interface.</param>
    /// <param name="frame">With link addresses.</param>
    /// <exception cref="SocketException">The interface is down or gone.</exception>
    internal void Send(int linkIndex, ReadOnlySpan<byte> frame)
    {
        var address = new SocketAddress(AddressFamily.Packet, SocketAddressBytes);
        Span<byte> bytes = address.Buffer.Span;
        BinaryPrimitives.WriteUInt16BigEndian(bytes[2..], _etherType);
        BinaryPrimitives.WriteInt32LittleEndian(bytes[4..], linkIndex);
        bytes[11] = 6;
        frame[..6].CopyTo(bytes[12..]);
        _socket.SendTo(frame, SocketFlags.None, address);
    }

    /// <summary>Takes frames until the end; one reader. Interfaces may go down meanwhile.</summary>
    /// <param name="frameBytesMax">Longer ones are cut.</param>
    /// <param name="take">Gets each, with its interface.</param>
    /// <param name="end">Ends it.</param>
    internal async Task Listen(int frameBytesMax, Action<ReadOnlySpan<byte>, int> take, CancellationToken end)
    {
        byte[] frame = new byte[frameBytesMax];
        while (!end.IsCancellationRequested)
        {
            try
            {
                _from.Size = _from.Buffer.Length; // Receiving has cut it to what was there.
                int length = await _socket.ReceiveFromAsync(frame, SocketFlags.None, _from, end);
                take(frame.AsSpan(0, length), BinaryPrimitives.ReadInt32LittleEndian(_from.Buffer.Span[4..]));
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException)
            {
                // An interface went down, or it is the end.
            }
        }
    }

    /// <inheritdoc />
    public void Dispose() => _socket.Dispose();

    private void SetMembership(int option, int linkIndex, ulong mac)
    {
        Span<byte> request = stackalloc byte[16]; // struct packet_mreq
        request.Clear();
        bool isGroup = (mac >> 40 & 1) != 0;
        BinaryPrimitives.WriteInt32LittleEndian(request, linkIndex);
        BinaryPrimitives.WriteUInt16LittleEndian(request[4..], isGroup ? Multicast : Unicast);
        BinaryPrimitives.WriteUInt16LittleEndian(request[6..], 6);
        MacAddress.Write(request[8..], mac);
        _socket.SetRawSocketOption(LevelPacket, option, request);
    }
}
