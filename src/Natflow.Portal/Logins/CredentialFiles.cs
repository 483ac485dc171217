using System.Security.Cryptography;

namespace Natflow.Portal.Logins;

/// <summary>Makes lines for the portal's files.</summary>
public static class CredentialFiles
{
    // Without letters and digits that are taken for one another.
    private const string CodeLetters = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
    private const int CodeGroups = 3;
    private const int GroupLength = 4;

    /// <summary>A line of the list of passwords.</summary>
    /// <param name="name">The user's name.</param>
    /// <param name="password">The password; only its hash stands in the line.</param>
    /// <param name="limits">Words such as <c>time=8h</c>.</param>
    /// <param name="line">The line.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static string? TryUserLine(string name, string password, IReadOnlyList<string> limits, out string line)
    {
        ArgumentNullException.ThrowIfNull(password);
        line = "";
        if (!UserList.IsName(name))
            return $"'{name}': a name of 1 to {UserList.NameLengthMax} characters without blanks is needed";
        if (password.Length is 0 or > PasswordHash.PasswordLengthMax)
            return $"a password of 1 to {PasswordHash.PasswordLengthMax} characters is needed";
        if (GrantText.Read([.. limits], out _) is { } error)
            return error;
        line = string.Join(' ', [name, PasswordHash.Of(password).ToString(), .. limits]);
        return null;
    }

    /// <summary>Puts a line into the list of passwords, in the place of the name's line before; the rest of the file stays. Whole or not at all.</summary>
    /// <param name="path">The file; made where it is not there, readable by its owner and group.</param>
    /// <param name="line">As <see cref="TryUserLine"/> makes it.</param>
    /// <returns>Whether the name was there.</returns>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">Nor may it be.</exception>
    public static bool KeepUser(string path, string line)
    {
        ArgumentNullException.ThrowIfNull(line);
        string name = NameOf(line);
        string[] lines = File.Exists(path) ? File.ReadAllLines(path) : [];
        bool isKnown = Array.Exists(lines, before => NameOf(before) == name);
        string temporary = path + ".new";
        UnixFileMode mode = File.Exists(path) ? File.GetUnixFileMode(path) : UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead;
        using (var writer = new StreamWriter(new FileStream(temporary, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = mode })))
        {
            foreach (string kept in lines)
                writer.Write((NameOf(kept) == name ? line : kept) + "\n");
            if (!isKnown)
                writer.Write(line + "\n");
        }

        File.Move(temporary, path, overwrite: true);
        return isKnown;
    }

    private static string NameOf(string line) => line.Split([' ', '\t'], 2, StringSplitOptions.RemoveEmptyEntries) is [{ } name, ..] ? name : "";

    /// <summary>A line of the file of vouchers, with a new code: 60 bits that nobody guesses.</summary>
    /// <param name="limits">Words such as <c>time=1d</c>.</param>
    /// <param name="line">The line; its first word is the code.</param>
    /// <returns>Null, or what is wrong.</returns>
    public static string? TryVoucherLine(IReadOnlyList<string> limits, out string line)
    {
        line = "";
        if (GrantText.Read([.. limits], out _) is { } error)
            return error;
        string code = string.Join('-', Enumerable.Range(0, CodeGroups).Select(static _ => RandomNumberGenerator.GetString(CodeLetters, GroupLength)));
        line = string.Join(' ', [code, .. limits]);
        return null;
    }
}
