using System.Buffers.Binary;

using Natflow.Inspect.Tls;

namespace Natflow.Inspect.Build;

/// <summary>Builds ClientHellos as today's clients send them: for benchmarks, demonstrations and tests. Not for the packet path.</summary>
public static class ClientHelloBuilder
{
    private const ushort ServerNameExtension = 0;
    private const ushort AlpnExtension = 16;
    private const ushort SupportedVersionsExtension = 43;
    private const ushort KeyShareExtension = 51;
    private const ushort EncryptedHelloExtension = 0xFE0D;
    private const ushort Tls12 = 0x0303;
    private const ushort Tls13 = 0x0304;

    /// <summary>Builds a handshake message, without a record around it.</summary>
    /// <param name="serverName">The SNI; null for none.</param>
    /// <param name="keyShareBytes">Size of the key share: 36 for X25519, 1,220 for X25519MLKEM768.</param>
    /// <param name="alpn">Protocols offered.</param>
    /// <param name="isEncrypted">An encrypted inner hello is there.</param>
    /// <param name="isDatagram">For DTLS: with a cookie field, but the header of TLS.</param>
    public static byte[] Message(
        byte[]? serverName, int keyShareBytes = 36, IReadOnlyList<byte[]>? alpn = null, bool isEncrypted = false, bool isDatagram = false)
    {
        var body = new List<byte>();
        AddUInt16(body, isDatagram ? (ushort)0xFEFD : Tls12);
        body.AddRange(Enumerable.Range(0, 32).Select(static i => (byte)(i * 7)));
        body.Add(0); // Session id.
        if (isDatagram) body.Add(0); // Cookie.
        AddSized(body, [0x13, 0x01, 0x13, 0x02, 0xC0, 0x2F]);
        body.AddRange([1, 0]); // No compression.
        AddSized(body, Extensions(serverName, keyShareBytes, alpn ?? [], isEncrypted));

        var message = new List<byte> { ClientHelloParser.HandshakeType, (byte)(body.Count >> 16), (byte)(body.Count >> 8), (byte)body.Count };
        message.AddRange(body);
        return [.. message];
    }

    /// <summary>Puts a message into TLS records.</summary>
    /// <param name="message">Handshake message.</param>
    /// <param name="recordBytesMax">Most bytes of it in one record.</param>
    public static byte[] Records(ReadOnlySpan<byte> message, int recordBytesMax = 1 << 14)
    {
        var stream = new List<byte>();
        for (; !message.IsEmpty; message = message[Math.Min(recordBytesMax, message.Length)..])
        {
            stream.AddRange([TlsHandshakeReader.HandshakeRecord, 3, 1]);
            AddSized(stream, message[..Math.Min(recordBytesMax, message.Length)]);
        }

        return [.. stream];
    }

    private static byte[] Extensions(byte[]? serverName, int keyShareBytes, IReadOnlyList<byte[]> alpn, bool isEncrypted)
    {
        var extensions = new List<byte>();
        Add(extensions, 0x1A1A, []); // A reserved value (RFC 8701).
        Add(extensions, KeyShareExtension, new byte[keyShareBytes]);
        Add(extensions, SupportedVersionsExtension, [4, 0x2A, 0x2A, Tls13 >> 8, Tls13 & 0xFF]);
        if (isEncrypted) Add(extensions, EncryptedHelloExtension, new byte[200]);
        if (serverName is not null)
        {
            var list = new List<byte> { 0 };
            AddSized(list, serverName);
            var content = new List<byte>();
            AddSized(content, [.. list]);
            Add(extensions, ServerNameExtension, [.. content]);
        }

        if (alpn.Count > 0)
        {
            var content = new List<byte>();
            AddSized(content, [.. alpn.SelectMany(static name => (byte[])[(byte)name.Length, .. name])]);
            Add(extensions, AlpnExtension, [.. content]);
        }

        return [.. extensions];
    }

    private static void Add(List<byte> extensions, ushort type, ReadOnlySpan<byte> content)
    {
        AddUInt16(extensions, type);
        AddSized(extensions, content);
    }

    private static void AddSized(List<byte> bytes, ReadOnlySpan<byte> content)
    {
        AddUInt16(bytes, (ushort)content.Length);
        bytes.AddRange(content);
    }

    private static void AddUInt16(List<byte> bytes, ushort value)
    {
        Span<byte> word = stackalloc byte[2];
        BinaryPrimitives.WriteUInt16BigEndian(word, value);
        bytes.AddRange(word);
    }
}
