using System.Buffers.Binary;
using System.Security.Cryptography;

using Natflow.Inspect.Quic;

namespace Natflow.Inspect.Build;

/// <summary>Builds protected Initial packets of a QUIC client with the platform's cryptography: for benchmarks and tests. Not for the packet path.</summary>
public static class QuicInitialBuilder
{
    private const int NumberBytes = 4;
    private const int TagBytes = 16;
    private const int SampleBytes = 16;
    private const int SecretBytes = 32;

    /// <summary>A CRYPTO frame.</summary>
    /// <param name="position">Offset in the stream.</param>
    /// <param name="bytes">Its bytes.</param>
    public static byte[] CryptoFrame(int position, ReadOnlySpan<byte> bytes) => [0x06, .. Varint(position), .. Varint(bytes.Length), .. bytes];

    /// <summary>Builds a packet.</summary>
    /// <param name="versionNumber">A version that <see cref="QuicVersion.TryGet"/> knows.</param>
    /// <param name="keyId">The connection id that the keys come from.</param>
    /// <param name="destinationId">The packet's own destination id: the same in a client's first flight.</param>
    /// <param name="packetNumber">Its number.</param>
    /// <param name="frames">Its frames; padding is added up to <paramref name="plainBytesMin"/>.</param>
    /// <param name="plainBytesMin">Least length of the frames: 1,162 fill a datagram of 1,200 bytes where ids are short.</param>
    /// <param name="token">Of a Retry.</param>
    public static byte[] Packet(
        uint versionNumber, ReadOnlySpan<byte> keyId, ReadOnlySpan<byte> destinationId, uint packetNumber, ReadOnlySpan<byte> frames,
        int plainBytesMin = 1162, ReadOnlySpan<byte> token = default)
    {
        if (!QuicVersion.TryGet(versionNumber, out QuicVersion version))
            throw new ArgumentException($"version {versionNumber:x8} is not known", nameof(versionNumber));

        byte[] plain = new byte[Math.Max(plainBytesMin, frames.Length)];
        frames.CopyTo(plain);
        var header = new List<byte> { (byte)(0xC0 | (version.IsVersion2 ? 0x10 : 0) | (NumberBytes - 1)) };
        AddUInt32(header, versionNumber);
        header.Add((byte)destinationId.Length);
        header.AddRange(destinationId);
        header.Add(0); // Source id.
        header.AddRange(Varint(token.Length));
        header.AddRange(token);
        header.AddRange(Varint(NumberBytes + plain.Length + TagBytes));
        int numberOffset = header.Count;
        AddUInt32(header, packetNumber);
        return Protect(version, keyId, [.. header], numberOffset, packetNumber, plain);
    }

    private static byte[] Protect(QuicVersion version, ReadOnlySpan<byte> keyId, byte[] header, int numberOffset, uint packetNumber, byte[] plain)
    {
        Span<byte> secret = stackalloc byte[SecretBytes];
        Span<byte> key = stackalloc byte[InitialSecrets.KeyBytes];
        Span<byte> headerKey = stackalloc byte[InitialSecrets.KeyBytes];
        Span<byte> nonce = stackalloc byte[InitialSecrets.IvBytes];
        using var secrets = new InitialSecrets();
        secrets.DeriveClient(version, keyId, secret);
        secrets.ExpandKey(version, secret, key);
        secrets.ExpandHeaderKey(version, secret, headerKey);
        secrets.ExpandIv(version, secret, nonce);
        BinaryPrimitives.WriteUInt32BigEndian(nonce[8..], BinaryPrimitives.ReadUInt32BigEndian(nonce[8..]) ^ packetNumber);

        byte[] packet = [.. header, .. new byte[plain.Length + TagBytes]];
        using (var gcm = new AesGcm(key, TagBytes))
            gcm.Encrypt(nonce, plain, packet.AsSpan(header.Length, plain.Length), packet.AsSpan(header.Length + plain.Length), header);

        Span<byte> mask = stackalloc byte[SampleBytes];
        using var aes = Aes.Create();
        aes.SetKey(headerKey);
        _ = aes.EncryptEcb(packet.AsSpan(numberOffset + 4, SampleBytes), mask, PaddingMode.None);
        packet[0] ^= (byte)(mask[0] & 0x0F);
        for (int i = 0; i < NumberBytes; i++)
            packet[numberOffset + i] ^= mask[1 + i];
        return packet;
    }

    private static byte[] Varint(int value) => value < 0x40
        ? [(byte)value]
        : value < 0x4000 ? [(byte)(0x40 | (value >> 8)), (byte)value] : [(byte)(0x80 | (value >> 24)), (byte)(value >> 16), (byte)(value >> 8), (byte)value];

    private static void AddUInt32(List<byte> bytes, uint value)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(word, value);
        bytes.AddRange(word);
    }
}
