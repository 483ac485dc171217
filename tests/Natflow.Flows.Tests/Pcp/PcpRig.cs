using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Pcp;
using Natflow.Flows.Tests.Alg;

namespace Natflow.Flows.Tests.Pcp;

/// <summary>Builds requests byte by byte, and reads responses byte by byte: shares no code with the server.</summary>
internal static class PcpRig
{
    internal const uint A = AlgRig.Inside;
    internal const uint B = AlgRig.Inside + 1;

    internal static uint Be(uint address) => BinaryPrimitives.ReverseEndianness(address);

    internal static byte[] Map(
        uint client, ushort port, ushort suggested = 0, uint lifetime = 600, byte protocol = IpProtocol.Udp, byte nonce = 1, uint suggestedAddress = 0,
        byte[]? options = null) => Build(1, client, lifetime, 36, nonce, protocol, port, suggested, suggestedAddress, 0, 0, options);

    internal static byte[] Peer(uint client, ushort port, uint remote, ushort remotePort, uint lifetime = 600, byte nonce = 1) =>
        Build(2, client, lifetime, 56, nonce, IpProtocol.Udp, port, 0, 0, remote, remotePort, null);

    internal static byte[] Announce(uint client) => Build(0, client, 0, 0, 0, 0, 0, 0, 0, 0, 0, null);

    internal static byte[] ThirdParty(uint address)
    {
        byte[] option = new byte[20];
        option[0] = 1;
        option[3] = 16;
        WriteAddress(option.AsSpan(4), address);
        return option;
    }

    internal static byte[] PreferFailure => [2, 0, 0, 0];

    internal static Answer Ask(this PcpServer server, byte[] request, uint source, long nowMs)
    {
        byte[] response = new byte[PcpServer.ResponseBytesMax];
        int length = server.Handle(request, Be(source), 0, nowMs, response);
        return new Answer(response[..length]);
    }

    internal sealed record Answer(byte[] Bytes)
    {
        internal PcpResult Result => (PcpResult)Bytes[3];

        internal uint Lifetime => BinaryPrimitives.ReadUInt32BigEndian(Bytes.AsSpan(4));

        internal uint Epoch => BinaryPrimitives.ReadUInt32BigEndian(Bytes.AsSpan(8));

        internal (uint Address, ushort Port) External =>
            (BinaryPrimitives.ReadUInt32BigEndian(Bytes.AsSpan(24 + 32)), BinaryPrimitives.ReadUInt16BigEndian(Bytes.AsSpan(24 + 18)));
    }

    private static byte[] Build(
        byte opcode, uint client, uint lifetime, int partBytes, byte nonce, byte protocol, ushort port, ushort suggested, uint suggestedAddress,
        uint remote, ushort remotePort, byte[]? options)
    {
        byte[] message = new byte[24 + partBytes];
        message[0] = 2;
        message[1] = opcode;
        BinaryPrimitives.WriteUInt32BigEndian(message.AsSpan(4), lifetime);
        WriteAddress(message.AsSpan(8), client);
        if (partBytes != 0)
        {
            message.AsSpan(24, 12).Fill(nonce);
            message[36] = protocol;
            BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(40), port);
            BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(42), suggested);
            WriteAddress(message.AsSpan(44), suggestedAddress);
        }

        if (partBytes == 56)
        {
            BinaryPrimitives.WriteUInt16BigEndian(message.AsSpan(60), remotePort);
            WriteAddress(message.AsSpan(64), remote);
        }

        return [.. message, .. options ?? []];
    }

    private static void WriteAddress(Span<byte> bytes, uint address)
    {
        bytes[10] = bytes[11] = 0xFF;
        BinaryPrimitives.WriteUInt32BigEndian(bytes[12..], address);
    }
}
