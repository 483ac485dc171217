using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Natflow.Netlink.Messages;
using Natflow.Netlink.Model;

namespace Natflow.Netlink;

/// <summary>Gives an interface an IPv4 address and takes it away: what a cluster's node takes over.</summary>
/// <remarks>One thread at a time. In the namespace of the thread that opened it.</remarks>
public sealed class AddressEditor : IDisposable
{
    private const int FixedBytes = 8; // struct ifaddrmsg
    private const int RequestBytesMax = 64;
    private const ushort AttributeAddress = 1;
    private const ushort AttributeLocal = 2;

    private readonly NetlinkSocket _socket = new();
    private readonly byte[] _buffer = new byte[NetlinkSocket.BufferBytes];

    /// <summary>Adds an address, or leaves it where it is.</summary>
    /// <param name="linkIndex">The interface.</param>
    /// <param name="address">IPv4, host byte order.</param>
    /// <param name="prefixLength">1 to 32.</param>
    /// <returns>0, or the errno.</returns>
    public int Add(int linkIndex, uint address, int prefixLength) =>
        Send(MessageType.NewAddress, MessageFlags.Create | MessageFlags.Replace, linkIndex, address, prefixLength);

    /// <summary>Removes an address.</summary>
    /// <returns>0, or the errno: EADDRNOTAVAIL where it is not there.</returns>
    public int Remove(int linkIndex, uint address, int prefixLength) => Send(MessageType.DeleteAddress, 0, linkIndex, address, prefixLength);

    /// <inheritdoc />
    public void Dispose() => _socket.Dispose();

    private int Send(ushort type, ushort flags, int linkIndex, uint address, int prefixLength)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefixLength, 32);
        Span<byte> fixedPart = stackalloc byte[FixedBytes];
        fixedPart.Clear();
        fixedPart[0] = AddressFamilyNumber.Ipv4;
        fixedPart[1] = (byte)prefixLength;
        MemoryMarshal.Write(fixedPart[4..], linkIndex);
        Span<byte> request = stackalloc byte[RequestBytesMax];
        var writer = new RequestWriter(request, type, flags, fixedPart);
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, address);
        writer.Add(AttributeLocal, bytes);
        writer.Add(AttributeAddress, bytes);
        int refusal = _socket.TrySend(writer.Finish());
        return refusal != 0 ? refusal : TakeRefusal();
    }

    // Without NLM_F_ACK the kernel answers refusals alone, before the send returns.
    private int TakeRefusal()
    {
        int found = 0;
        while (_socket.TryReceive(_buffer, out int lengthBytes) != ReceiveStatus.Empty)
        {
            var messages = new MessageReader(_buffer.AsSpan(0, lengthBytes));
            while (messages.TryNext(out NetlinkHeader header, out ReadOnlySpan<byte> payload))
            {
                if (header.Type == MessageType.Error && ErrorParser.TryParse(header, payload, out int errno, out _))
                    found = errno;
            }
        }

        return found;
    }
}
