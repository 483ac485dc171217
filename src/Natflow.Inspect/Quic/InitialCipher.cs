using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace Natflow.Inspect.Quic;

/// <summary>Opens what protects Initial packets: AES-128 in ECB for the header, in GCM for the payload (RFC 9001 section 5). One owner thread.</summary>
/// <remarks>
/// Where the processor has instructions for it, no object stands for a key, for each connection has its own. Elsewhere the platform's classes do the work, at
/// the price of two small objects a packet.
/// </remarks>
internal static class InitialCipher
{
    /// <summary>Bytes of a tag.</summary>
    internal const int TagBytes = 16;

    private const int BlockBytes = 16;

    /// <summary>Keys cost nothing on the heap.</summary>
    internal static bool IsDirect => BitConverter.IsLittleEndian && Aes128.IsSupported && GaloisHash.IsSupported;

    /// <summary>Encrypts a sample of the packet: the header's mask.</summary>
    /// <param name="key">16 bytes.</param>
    /// <param name="sample">16 bytes.</param>
    /// <param name="mask">Receives 16 bytes.</param>
    internal static void Mask(ReadOnlySpan<byte> key, ReadOnlySpan<byte> sample, Span<byte> mask)
    {
        if (IsDirect)
        {
            var cipher = default(Aes128);
            cipher.SetKey(key);
            cipher.Encrypt(Vector128.Create(sample)).CopyTo(mask);
            return;
        }

        using var aes = Aes.Create();
        aes.SetKey(key);
        _ = aes.EncryptEcb(sample, mask, PaddingMode.None);
    }

    /// <summary>Decrypts a payload.</summary>
    /// <param name="key">16 bytes.</param>
    /// <param name="nonce">12 bytes.</param>
    /// <param name="header">The packet's header without protection.</param>
    /// <param name="sealedBytes">Cipher text and tag; at least <see cref="TagBytes"/>.</param>
    /// <param name="plain">Receives the payload; as long as the cipher text.</param>
    /// <returns>False when the tag is not that of these bytes under this key.</returns>
    internal static bool TryDecrypt(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> header, ReadOnlySpan<byte> sealedBytes, Span<byte> plain)
    {
        ReadOnlySpan<byte> cipherText = sealedBytes[..^TagBytes];
        ReadOnlySpan<byte> tag = sealedBytes[^TagBytes..];
        if (IsDirect) return TryDecryptDirect(key, nonce, header, cipherText, tag, plain);

        using var gcm = new AesGcm(key, TagBytes);
        try
        {
            gcm.Decrypt(nonce, cipherText, tag, plain, header);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    private static bool TryDecryptDirect(
        ReadOnlySpan<byte> key, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> header, ReadOnlySpan<byte> cipherText, ReadOnlySpan<byte> tag, Span<byte> plain)
    {
        var cipher = default(Aes128);
        cipher.SetKey(key);
        var hash = new GaloisHash(cipher.Encrypt(Vector128<byte>.Zero));
        hash.Add(header);
        hash.Add(cipherText);
        hash.AddLengths(header.Length, cipherText.Length);

        Span<byte> counter = stackalloc byte[BlockBytes];
        nonce.CopyTo(counter);
        BinaryPrimitives.WriteUInt32BigEndian(counter[12..], 1);
        if ((hash.Value ^ cipher.Encrypt(Vector128.Create<byte>(counter))) != Vector128.Create(tag)) return false;

        Count(in cipher, counter, cipherText, plain);
        return true;
    }

    // Counter mode from block 2 on (NIST SP 800-38D section 7.2).
    private static void Count(ref readonly Aes128 cipher, Span<byte> counter, ReadOnlySpan<byte> cipherText, Span<byte> plain)
    {
        const int runBytes = 4 * BlockBytes;
        Vector128<uint> first = Vector128.Create<byte>(counter).AsUInt32();
        uint number = 2;
        for (; cipherText.Length >= runBytes; cipherText = cipherText[runBytes..], plain = plain[runBytes..], number += 4)
        {
            Vector128<byte> a = Block(first, number), b = Block(first, number + 1), c = Block(first, number + 2), d = Block(first, number + 3);
            cipher.Encrypt(ref a, ref b, ref c, ref d);
            (a ^ Vector128.Create(cipherText)).CopyTo(plain);
            (b ^ Vector128.Create(cipherText[BlockBytes..])).CopyTo(plain[BlockBytes..]);
            (c ^ Vector128.Create(cipherText[(2 * BlockBytes)..])).CopyTo(plain[(2 * BlockBytes)..]);
            (d ^ Vector128.Create(cipherText[(3 * BlockBytes)..])).CopyTo(plain[(3 * BlockBytes)..]);
        }

        Span<byte> stream = stackalloc byte[BlockBytes];
        for (; !cipherText.IsEmpty; number++)
        {
            cipher.Encrypt(Block(first, number)).CopyTo(stream);
            int count = Math.Min(BlockBytes, cipherText.Length);
            for (int i = 0; i < count; i++)
                plain[i] = (byte)(cipherText[i] ^ stream[i]);
            cipherText = cipherText[count..];
            plain = plain[count..];
        }
    }

    private static Vector128<byte> Block(Vector128<uint> first, uint number) =>
        first.WithElement(3, BinaryPrimitives.ReverseEndianness(number)).AsByte();
}
