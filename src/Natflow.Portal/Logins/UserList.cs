using System.Globalization;

namespace Natflow.Portal.Logins;

/// <summary>Names with password hashes and grants: a line <c>name hash time=8h down=10M</c> each, # for comments.</summary>
internal sealed class UserList
{
    /// <summary>Longest name, characters.</summary>
    internal const int NameLengthMax = 64;

    private const int WeakIterations = 210_000;

    private readonly LineFile<IReadOnlyDictionary<string, (PasswordHash Hash, SessionGrant Grant)>> _file;

    // What an unknown name is tried against, so that names cannot be told by the time an answer takes.
    private readonly PasswordHash _nobody = PasswordHash.Of(Guid.NewGuid().ToString(), WeakIterations);

    /// <summary>For a file.</summary>
    internal UserList(string path, Action<string> warn) =>
        _file = new LineFile<IReadOnlyDictionary<string, (PasswordHash, SessionGrant)>>(path, Read, warn);

    /// <summary>Reads the file for the first time.</summary>
    /// <returns>Its mistakes.</returns>
    internal IReadOnlyList<string> Open() => _file.Open();

    /// <summary>Whether a text can be a name.</summary>
    internal static bool IsName(string text) => text.Length is >= 1 and <= NameLengthMax && text[0] != '#' && !text.Any(static unit => char.IsWhiteSpace(unit) || char.IsControl(unit));

    /// <summary>Whether a password is a name's. Takes about as long whether there is such a name or not; may take a third of a second.</summary>
    internal bool TryCheck(string name, string password, out SessionGrant grant)
    {
        bool isKnown = _file.Current().TryGetValue(name, out (PasswordHash Hash, SessionGrant Grant) entry);
        grant = isKnown ? entry.Grant : SessionGrant.Unlimited;
        return (isKnown ? entry.Hash : _nobody).IsOf(password) & isKnown;
    }

    private static Dictionary<string, (PasswordHash Hash, SessionGrant Grant)> Read(IReadOnlyList<(int Number, string[] Words)> lines, List<string> errors)
    {
        var users = new Dictionary<string, (PasswordHash Hash, SessionGrant Grant)>(StringComparer.Ordinal);
        foreach ((int number, string[] words) in lines)
        {
            string? error = null;
            SessionGrant grant = SessionGrant.Unlimited;
            if (!IsName(words[0]))
                error = $"'{words[0]}': a name of at most {NameLengthMax} characters was expected";
            else if (words.Length < 2 || !PasswordHash.TryParse(words[1], out _))
                error = "a hash as 'natflow portal password' makes it was expected after the name";
            else
                error = GrantText.Read(words.AsSpan(2), out grant);
            if (error is null && (!PasswordHash.TryParse(words[1], out PasswordHash hash) || !users.TryAdd(words[0], (hash, grant))))
                error = $"'{words[0]}' stands twice";
            if (error is not null)
                errors.Add(string.Create(CultureInfo.InvariantCulture, $"{number}: {error}"));
        }

        return users;
    }
}
