using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Natflow.Portal.Logins;

/// <summary>A password as it is kept: PBKDF2 with HMAC-SHA-512 (RFC 8018 section 5.2), <c>pbkdf2-sha512$iterations$salt$hash</c>, both base64.</summary>
public sealed class PasswordHash
{
    /// <summary>Longest password, characters: hashing must not be a way to keep the gateway busy.</summary>
    public const int PasswordLengthMax = 128;

    private const string Scheme = "pbkdf2-sha512";
    private const int IterationsDefault = 210_000;
    private const int IterationsMin = 1000;
    private const int IterationsMax = 5_000_000;
    private const int SaltBytes = 16;
    private const int HashBytes = 32;
    private const int FieldBytesMax = 64;

    private readonly int _iterations;
    private readonly byte[] _salt;
    private readonly byte[] _hash;

    private PasswordHash(int iterations, byte[] salt, byte[] hash)
    {
        _iterations = iterations;
        _salt = salt;
        _hash = hash;
    }

    /// <summary>Hashes a password with a new salt.</summary>
    /// <param name="password">The password.</param>
    /// <param name="iterations">How much work each try costs.</param>
    public static PasswordHash Of(string password, int iterations = IterationsDefault)
    {
        ArgumentNullException.ThrowIfNull(password);
        ArgumentOutOfRangeException.ThrowIfLessThan(iterations, IterationsMin);
        byte[] salt = RandomNumberGenerator.GetBytes(SaltBytes);
        return new PasswordHash(iterations, salt, Derive(password, salt, iterations, HashBytes));
    }

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse(string text, out PasswordHash hash)
    {
        ArgumentNullException.ThrowIfNull(text);
        hash = null!;
        string[] fields = text.Split('$');
        if (fields.Length != 4 || fields[0] != Scheme
            || !int.TryParse(fields[1], NumberStyles.None, CultureInfo.InvariantCulture, out int iterations) || iterations is < IterationsMin or > IterationsMax
            || !TryBytes(fields[2], 8, out byte[] salt) || !TryBytes(fields[3], HashBytes, out byte[] key))
        {
            return false;
        }

        hash = new PasswordHash(iterations, salt, key);
        return true;
    }

    /// <summary>Whether a password is the one. Takes as long whatever it is.</summary>
    public bool IsOf(string password)
    {
        ArgumentNullException.ThrowIfNull(password);
        return CryptographicOperations.FixedTimeEquals(Derive(password, _salt, _iterations, _hash.Length), _hash);
    }

    /// <inheritdoc />
    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Scheme}${_iterations}${Convert.ToBase64String(_salt)}${Convert.ToBase64String(_hash)}");

    private static byte[] Derive(string password, byte[] salt, int iterations, int length) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password.Normalize(NormalizationForm.FormC)), salt, iterations, HashAlgorithmName.SHA512, length);

    private static bool TryBytes(string text, int min, out byte[] bytes)
    {
        bytes = new byte[FieldBytesMax];
        bool isText = text.Length <= FieldBytesMax * 2 && Convert.TryFromBase64String(text, bytes, out int length) && length >= min && (bytes = bytes[..length]).Length == length;
        return isText;
    }
}
