using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Natflow.Policy;

namespace Natflow.Portal.Access;

/// <summary>
/// What a form of the page carries to show that its sender was given it: a time and an HMAC over it, the client's address and its cookie. Another site can neither read
/// nor make one; one of another client is worth nothing.
/// </summary>
internal sealed class FormSeal(TimeProvider clock)
{
    /// <summary>Name of the cookie.</summary>
    internal const string CookieName = "natflow-visit";

    private const int TimeBytes = 8;
    private const int MacBytes = 16;
    private const int VisitBytes = 16;
    private const int LifeSeconds = 1800;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>A new value for the cookie.</summary>
    internal static string NewVisit() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(VisitBytes));

    /// <summary>Whether a text is such a value.</summary>
    internal static bool IsVisit(string? text) => text is { Length: 22 } && text.All(static unit => char.IsAsciiLetterOrDigit(unit) || unit is '-' or '_');

    /// <summary>Makes one.</summary>
    internal string Make(in IpAddress client, string visit)
    {
        Span<byte> seal = stackalloc byte[TimeBytes + MacBytes];
        BinaryPrimitives.WriteInt64BigEndian(seal, clock.GetUtcNow().ToUnixTimeSeconds());
        Sign(seal[..TimeBytes], client, visit, seal[TimeBytes..]);
        return Base64Url.EncodeToString(seal);
    }

    /// <summary>Whether one was made for this client not long ago.</summary>
    internal bool IsOf(string seal, in IpAddress client, string visit)
    {
        Span<byte> bytes = stackalloc byte[TimeBytes + MacBytes];
        Span<byte> mac = stackalloc byte[MacBytes];
        if (seal.Length != Base64Url.GetEncodedLength(bytes.Length) || !Base64Url.TryDecodeFromChars(seal, bytes, out int length) || length != bytes.Length)
            return false;
        Sign(bytes[..TimeBytes], client, visit, mac);
        long age = clock.GetUtcNow().ToUnixTimeSeconds() - BinaryPrimitives.ReadInt64BigEndian(bytes);
        return CryptographicOperations.FixedTimeEquals(mac, bytes[TimeBytes..]) && age is >= 0 and < LifeSeconds;
    }

    private void Sign(ReadOnlySpan<byte> time, in IpAddress client, string visit, Span<byte> mac)
    {
        Span<byte> text = stackalloc byte[TimeBytes + 1 + 16 + 64];
        time.CopyTo(text);
        text[TimeBytes] = client.IsIpv6 ? (byte)6 : (byte)4;
        BinaryPrimitives.WriteUInt128BigEndian(text[(TimeBytes + 1)..], client.Value);
        int visitBytes = System.Text.Encoding.ASCII.GetBytes(visit.AsSpan(0, Math.Min(visit.Length, 64)), text[(TimeBytes + 17)..]);
        Span<byte> whole = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, text[..(TimeBytes + 17 + visitBytes)], whole);
        whole[..MacBytes].CopyTo(mac);
    }
}
