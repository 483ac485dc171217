using System.Buffers.Binary;
using System.Text;
using Natflow.Inspect.Build;

namespace Natflow.Cli.Demo;

/// <summary>Application messages of the demo, as the applications themselves would send them.</summary>
internal static class Messages
{
    private const uint QuicVersion1 = 1;

    /// <summary>A DNS question for an A record (RFC 1035), or its answer.</summary>
    /// <param name="id">Query id.</param>
    /// <param name="name">Host name.</param>
    /// <param name="address">Host byte order, or null for the question.</param>
    internal static byte[] Dns(ushort id, string name, uint? address)
    {
        var message = new List<byte>();
        AddUInt16(message, id);
        AddUInt16(message, address is null ? (ushort)0x0100 : (ushort)0x8180);
        AddUInt16(message, 1);
        AddUInt16(message, address is null ? (ushort)0 : (ushort)1);
        AddUInt16(message, 0);
        AddUInt16(message, 0);
        foreach (string label in name.Split('.'))
        {
            message.Add((byte)label.Length);
            message.AddRange(Encoding.ASCII.GetBytes(label));
        }

        message.AddRange([0, 0, 1, 0, 1]);
        if (address is not { } found)
            return [.. message];

        message.AddRange([0xC0, 0x0C, 0, 1, 0, 1, 0, 0, 1, 44, 0, 4]);
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, found);
        return [.. message, .. bytes];
    }

    /// <summary>An HTTP/1.1 request.</summary>
    internal static byte[] HttpGet(string host, string path) =>
        Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: office/1.0\r\nAccept: */*\r\n\r\n");

    /// <summary>An HTTP/1.1 response with a body.</summary>
    internal static byte[] HttpOk(byte[] body) =>
        [.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {body.Length}\r\n\r\n"), .. body];

    /// <summary>A TLS record with a ClientHello that names a server and offers HTTP/2 and HTTP/1.1 (RFC 8446, RFC 6066, RFC 7301).</summary>
    internal static byte[] ClientHello(string host) =>
        ClientHelloBuilder.Records(ClientHelloBuilder.Message(Encoding.ASCII.GetBytes(host), alpn: ["h2"u8.ToArray(), "http/1.1"u8.ToArray()]));

    /// <summary>A QUIC v1 Initial packet with a ClientHello that names a server (RFC 9001).</summary>
    internal static byte[] QuicInitial(string host, byte[] connectionId)
    {
        byte[] hello = ClientHelloBuilder.Message(Encoding.ASCII.GetBytes(host), alpn: ["h3"u8.ToArray()]);
        return QuicInitialBuilder.Packet(QuicVersion1, connectionId, connectionId, packetNumber: 0, QuicInitialBuilder.CryptoFrame(0, hello));
    }

    /// <summary>A TLS application data record.</summary>
    internal static byte[] TlsData(byte[] ciphertext) => [23, 3, 3, .. Sized16(ciphertext)];

    /// <summary>A server's datagram with the look of a QUIC v1 long header packet (RFC 9000 section 17.2); its content is noise.</summary>
    internal static byte[] QuicLong(byte[] connectionId, byte[] noise) =>
        [0xC3, 0, 0, 0, 1, (byte)connectionId.Length, .. connectionId, 0, 0, .. noise];

    private static byte[] Sized16(byte[] content)
    {
        byte[] sized = new byte[content.Length + 2];
        BinaryPrimitives.WriteUInt16BigEndian(sized, (ushort)content.Length);
        content.CopyTo(sized, 2);
        return sized;
    }

    private static void AddUInt16(List<byte> message, ushort value)
    {
        message.Add((byte)(value >> 8));
        message.Add((byte)value);
    }
}
