using System.Security.Cryptography;

namespace Natflow.Portal.Radius;

/// <summary>What shows that a packet comes of somebody who knows the secret, and hides a password. The protocol prescribes MD5.</summary>
internal static class RadiusAuthenticators
{
    private const int BlockBytes = 16;
    private const int PasswordBytesMax = 128;

    /// <summary>MD5 over the packet with another authenticator in its place, and the secret (RFC 2865 section 3).</summary>
    internal static void Hash(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> authenticator, RadiusSecret secret, Span<byte> hash)
    {
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        md5.AppendData(packet[..4]);
        md5.AppendData(authenticator);
        md5.AppendData(packet[RadiusPacket.HeaderBytes..]);
        md5.AppendData(secret.Bytes);
        _ = md5.GetHashAndReset(hash);
    }

    /// <summary>HMAC-MD5 over the packet with another authenticator and a signature of zeros (RFC 2869 section 5.14).</summary>
    internal static void Sign(ReadOnlySpan<byte> packet, ReadOnlySpan<byte> authenticator, int signatureOffset, RadiusSecret secret, Span<byte> signature)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.MD5, secret.Bytes);
        hmac.AppendData(packet[..4]);
        hmac.AppendData(authenticator);
        hmac.AppendData(packet[RadiusPacket.HeaderBytes..signatureOffset]);
        hmac.AppendData(stackalloc byte[BlockBytes]);
        hmac.AppendData(packet[(signatureOffset + BlockBytes)..]);
        _ = hmac.GetHashAndReset(signature);
    }

    /// <summary>Whether an answer is of whom the request was sent to.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="request">The request's bytes.</param>
    /// <param name="secret">The server's.</param>
    /// <param name="mustBeSigned">Whether it must have a Message-Authenticator. One that is there must be right in any case.</param>
    internal static bool IsAnswer(RadiusPacket answer, ReadOnlySpan<byte> request, RadiusSecret secret, bool mustBeSigned)
    {
        Span<byte> expected = stackalloc byte[BlockBytes];
        ReadOnlySpan<byte> authenticator = request.Slice(4, RadiusPacket.AuthenticatorBytes);
        Hash(answer.Bytes, authenticator, secret, expected);
        return answer.Identifier == request[1] && CryptographicOperations.FixedTimeEquals(expected, answer.Authenticator)
            && IsSigned(answer, authenticator, secret, mustBeSigned);
    }

    /// <summary>Whether a request is of somebody who knows the secret (RFC 5176 section 2.3).</summary>
    internal static bool IsRequest(RadiusPacket request, RadiusSecret secret)
    {
        Span<byte> expected = stackalloc byte[BlockBytes];
        Span<byte> zeros = stackalloc byte[BlockBytes];
        Hash(request.Bytes, zeros, secret, expected);
        return CryptographicOperations.FixedTimeEquals(expected, request.Authenticator) && IsSigned(request, zeros, secret, mustBeSigned: false);
    }

    /// <summary>Hides a password (RFC 2865 section 5.2).</summary>
    internal static byte[] Hide(ReadOnlySpan<byte> password, ReadOnlySpan<byte> authenticator, RadiusSecret secret)
    {
        password = password[..Math.Min(password.Length, PasswordBytesMax)];
        byte[] hidden = new byte[Math.Max(1, (password.Length + BlockBytes - 1) / BlockBytes) * BlockBytes];
        password.CopyTo(hidden);
        Span<byte> mask = stackalloc byte[BlockBytes];
        ReadOnlySpan<byte> previous = authenticator;
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        for (int block = 0; block < hidden.Length; block += BlockBytes)
        {
            md5.AppendData(secret.Bytes);
            md5.AppendData(previous);
            _ = md5.GetHashAndReset(mask);
            for (int i = 0; i < BlockBytes; i++)
                hidden[block + i] ^= mask[i];
            previous = hidden.AsSpan(block, BlockBytes);
        }

        return hidden;
    }

    /// <summary>The proof of a password (RFC 2865 section 5.3): identifier, and MD5 of it, the password and the challenge.</summary>
    internal static byte[] Prove(byte identifier, ReadOnlySpan<byte> password, ReadOnlySpan<byte> challenge)
    {
        byte[] proof = new byte[1 + BlockBytes];
        proof[0] = identifier;
        using var md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
        md5.AppendData([identifier]);
        md5.AppendData(password);
        md5.AppendData(challenge);
        _ = md5.GetHashAndReset(proof.AsSpan(1));
        return proof;
    }

    private static bool IsSigned(RadiusPacket packet, ReadOnlySpan<byte> authenticator, RadiusSecret secret, bool mustBeSigned)
    {
        byte[][] signatures = [.. packet.All(RadiusType.MessageAuthenticator)];
        if (signatures.Length == 0)
            return !mustBeSigned;
        if (signatures.Length != 1 || signatures[0].Length != BlockBytes)
            return false;
        Span<byte> expected = stackalloc byte[BlockBytes];
        Sign(packet.Bytes, authenticator, packet.OffsetOf(RadiusType.MessageAuthenticator), secret, expected);
        return CryptographicOperations.FixedTimeEquals(expected, signatures[0]);
    }
}
