using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Pcp;

namespace Natflow.Conformance.Bench;

/// <summary>PCP requests and responses (RFC 6887) byte by byte: shares no code with the server.</summary>
internal static class PcpMessages
{
    /// <summary>The option PREFER_FAILURE.</summary>
    internal static byte[] PreferFailure => [2, 0, 0, 0];

    /// <summary>A MAP request.</summary>
    internal static byte[] Map(uint client, ushort port, ushort suggested = 0, uint lifetime = 600, byte protocol = IpProtocol.Udp, byte[]? options = null) =>
        Build(1, client, lifetime, 36, protocol, port, suggested, (0, 0), options);

    /// <summary>A PEER request.</summary>
    internal static byte[] Peer(uint client, ushort port, (uint Address, ushort Port) remote) => Build(2, client, 600, 56, IpProtocol.Udp, port, 0, remote, null);

    /// <summary>An ANNOUNCE request.</summary>
    internal static byte[] Announce(uint client) => Build(0, client, 0, 0, 0, 0, 0, (0, 0), null);

    /// <summary>The option THIRD_PARTY.</summary>
    internal static byte[] ThirdParty(uint address)
    {
        byte[] option = new byte[20];
        (option[0], option[3]) = (1, 16);
        WriteAddress(option.AsSpan(4), address);
        return option;
    }

    /// <summary>Asks the server of the subscriber's shard.</summary>
    internal static PcpAnswer Ask(this PcpServer server, byte[] request, uint source, long nowMs)
    {
        byte[] response = new byte[PcpServer.ResponseBytesMax];
        return new PcpAnswer(response[..server.Handle(request, BinaryPrimitives.ReverseEndianness(source), 0, nowMs, response)]);
    }

    private static byte[] Build(
        byte opcode, uint client, uint lifetime, int partBytes, byte protocol, ushort port, ushort suggested, (uint Address, ushort Port) remote, byte[]? options)
    {
        byte[] message = new byte[24 + partBytes];
        (message[0], message[1]) = (2, opcode);
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), lifetime);
        WriteAddress(message.AsSpan(8), client);
        if (partBytes != 0)
        {
            message.AsSpan(24, 12).Fill(1);
            message[36] = protocol;
            BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(40), port);
            BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(42), suggested);
            WriteAddress(message.AsSpan(44), 0);
        }

        if (partBytes == 56)
        {
            BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(60), remote.Port);
            WriteAddress(message.AsSpan(64), remote.Address);
        }

        return [.. message, .. options ?? []];
    }

    private static void WriteAddress(Span<byte> bytes, uint address)
    {
        bytes[10] = bytes[11] = 0xFF;
        BinaryPrimitives.WriteUInt32BigEndian(bytes[12..], address);
    }
}
