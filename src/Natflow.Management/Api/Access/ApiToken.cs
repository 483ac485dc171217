using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Natflow.Management.Api.Access;

/// <summary>A token as the file holds it: its hash, never itself.</summary>
/// <param name="Name">Whose it is; stands in the audit.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Hash">SHA-256 of the token's text. Tokens are 256 random bits, so a slow hash would add nothing.</param>
public sealed record ApiToken(string Name, ApiRole Role, ReadOnlyMemory<byte> Hash)
{
    private const int TokenBytes = 32;
    private const string Prefix = "nf_";

    /// <summary>A new random token.</summary>
    public static string Generate() => Prefix + Convert.ToBase64String(RandomNumberGenerator.GetBytes(TokenBytes)).Replace('+', '-').Replace('/', '_').TrimEnd('=');

    /// <summary>The line of the token file for a token: <c>name role hash</c>.</summary>
    public static string LineOf(string name, ApiRole role, string token) =>
        $"{name} {role.ToString().ToLowerInvariant()} {Convert.ToHexStringLower(HashOf(token))}";

    /// <summary>SHA-256 of a token's text.</summary>
    public static byte[] HashOf(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Whether a name can stand in the file: 1 to 64 letters, digits, dots, dashes, underscores.</summary>
    public static bool IsName(string name) => name.Length is > 0 and <= 64 && name.All(static unit => char.IsAsciiLetterOrDigit(unit) || unit is '.' or '-' or '_');

    /// <summary>Reads a line of the file.</summary>
    /// <param name="line">Not empty, no comment.</param>
    /// <param name="token">What it says.</param>
    /// <param name="error">What is wrong with it.</param>
    public static bool TryParse(string line, [NotNullWhen(true)] out ApiToken? token, [NotNullWhen(false)] out string? error)
    {
        token = null;
        string[] fields = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        if (fields.Length != 3 || !IsName(fields[0]))
        {
            error = "expected 'name role sha256', the name of letters, digits, dots, dashes and underscores";
            return false;
        }

        if (!TryRole(fields[1], out ApiRole role))
        {
            error = $"role '{fields[1]}': one of viewer, operator, auditor, admin is needed";
            return false;
        }

        byte[] hash = new byte[SHA256.HashSizeInBytes];
        if (fields[2].Length != 2 * hash.Length || Convert.FromHexString(fields[2], hash, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            error = "the hash is not 64 hexadecimal digits";
            return false;
        }

        token = new ApiToken(fields[0], role, hash);
        error = null;
        return true;
    }

    /// <summary>Reads a role's name.</summary>
    public static bool TryRole(string text, out ApiRole role)
    {
        role = text switch
        {
            "viewer" => ApiRole.Viewer,
            "operator" => ApiRole.Operator,
            "auditor" => ApiRole.Auditor,
            "admin" => ApiRole.Admin,
            _ => ApiRole.None,
        };
        return role != ApiRole.None;
    }
}
