using System.Buffers.Binary;

using Natflow.Inspect.Observe;

namespace Natflow.Inspect.Tls;

/// <summary>Reads the body of a ClientHello (RFC 8446 section 4.1.2, RFC 9147 section 5.3). Total over any bytes; no allocation.</summary>
public static class ClientHelloParser
{
    /// <summary>Handshake type of a ClientHello.</summary>
    public const byte HandshakeType = 1;

    /// <summary>Bytes of a TLS handshake header: type and length.</summary>
    public const int HandshakeHeaderBytes = 4;

    private const int RandomBytes = 32;
    private const int ExtensionsMax = 512;

    private const ushort ServerNameExtension = 0;
    private const ushort AlpnExtension = 16;
    private const ushort SupportedVersionsExtension = 43;
    private const ushort EncryptedHelloExtension = 0xFE0D;
    private const ushort EncryptedNameExtension = 0xFFCE;

    /// <summary>Reads a body, or the part of it that has come.</summary>
    /// <param name="body">Behind the handshake header.</param>
    /// <param name="isDatagram">The hello is DTLS: a cookie follows the session id.</param>
    /// <param name="hello">What was found before the end, or before the first thing that makes no sense.</param>
    /// <returns>NeedMore where the bytes end inside; NotThis where lengths contradict each other.</returns>
    public static ParseStatus TryParse(ReadOnlySpan<byte> body, bool isDatagram, out ClientHello hello)
    {
        hello = default;
        if (body.Length < 2) return ParseStatus.NeedMore;
        hello.Version = BinaryPrimitives.ReadUInt16BigEndian(body);

        int offset = 2 + RandomBytes;
        if (!TrySkip8(body, ref offset) || (isDatagram && !TrySkip8(body, ref offset)) || !TrySkip16(body, ref offset) || !TrySkip8(body, ref offset))
            return ParseStatus.NeedMore;
        if (offset == body.Length) return ParseStatus.Complete; // No extensions: TLS 1.0 and before.
        if (body.Length - offset < 2) return ParseStatus.NeedMore;

        int extensionBytes = BinaryPrimitives.ReadUInt16BigEndian(body[offset..]);
        ReadOnlySpan<byte> extensions = body[(offset + 2)..];
        bool isWhole = extensionBytes <= extensions.Length;
        return ReadExtensions(isWhole ? extensions[..extensionBytes] : extensions, isWhole, ref hello);
    }

    private static ParseStatus ReadExtensions(ReadOnlySpan<byte> extensions, bool isWhole, ref ClientHello hello)
    {
        ParseStatus broken = isWhole ? ParseStatus.NotThis : ParseStatus.NeedMore;
        for (int count = 0; !extensions.IsEmpty; count++)
        {
            if (count == ExtensionsMax) return ParseStatus.NotThis;
            if (extensions.Length < 4) return broken;
            ushort type = BinaryPrimitives.ReadUInt16BigEndian(extensions);
            int length = BinaryPrimitives.ReadUInt16BigEndian(extensions[2..]);
            extensions = extensions[4..];
            if (length > extensions.Length) return broken;
            ReadExtension(type, extensions[..length], ref hello);
            extensions = extensions[length..];
        }

        return isWhole ? ParseStatus.Complete : ParseStatus.NeedMore;
    }

    private static void ReadExtension(ushort type, ReadOnlySpan<byte> content, ref ClientHello hello)
    {
        switch (type)
        {
            case ServerNameExtension when !hello.HasServerName:
                ReadServerName(content, ref hello);
                break;
            case AlpnExtension when content.Length >= 2:
                int listBytes = BinaryPrimitives.ReadUInt16BigEndian(content);
                hello.AlpnList = content.Slice(2, Math.Min(listBytes, content.Length - 2));
                break;
            case SupportedVersionsExtension when content.Length >= 1:
                ReadVersions(content.Slice(1, Math.Min(content[0], content.Length - 1)), ref hello);
                break;
            case EncryptedHelloExtension or EncryptedNameExtension:
                hello.IsEncrypted = true;
                break;
        }
    }

    private static void ReadServerName(ReadOnlySpan<byte> content, ref ClientHello hello)
    {
        const byte hostName = 0;
        const int entryHeaderBytes = 3;
        if (content.Length < 2) return;
        ReadOnlySpan<byte> list = content[2..];
        while (list.Length >= entryHeaderBytes)
        {
            int length = BinaryPrimitives.ReadUInt16BigEndian(list[1..]);
            if (length > list.Length - entryHeaderBytes) return;
            if (list[0] == hostName)
            {
                hello.ServerName = list.Slice(entryHeaderBytes, length);
                hello.HasServerName = true;
                return;
            }

            list = list[(entryHeaderBytes + length)..];
        }
    }

    // Reserved values that clients send to keep servers honest (RFC 8701) are no versions. DTLS counts downwards.
    private static void ReadVersions(ReadOnlySpan<byte> versions, ref ClientHello hello)
    {
        const ushort datagramVersions = 0xFE00;
        for (; versions.Length >= 2; versions = versions[2..])
        {
            ushort version = BinaryPrimitives.ReadUInt16BigEndian(versions);
            if ((version & 0x0F0F) == 0x0A0A) continue;
            bool isHigher = hello.Version >= datagramVersions ? version < hello.Version && version >= datagramVersions : version > hello.Version;
            if (isHigher) hello.Version = version;
        }
    }

    private static bool TrySkip8(ReadOnlySpan<byte> body, ref int offset)
    {
        if (offset >= body.Length) return false;
        offset += 1 + body[offset];
        return offset <= body.Length;
    }

    private static bool TrySkip16(ReadOnlySpan<byte> body, ref int offset)
    {
        if (offset + 2 > body.Length) return false;
        offset += 2 + BinaryPrimitives.ReadUInt16BigEndian(body[offset..]);
        return offset <= body.Length;
    }
}
