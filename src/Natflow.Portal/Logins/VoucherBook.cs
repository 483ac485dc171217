using System.Globalization;

namespace Natflow.Portal.Logins;

/// <summary>
/// Vouchers: a line <c>ABCD-EFGH-JKLM time=1d volume=5G</c> each in the operator's file. Time runs from the first login, volume is of all sessions together; what was
/// used is kept beside, so that neither a restart nor a second device starts anew.
/// </summary>
/// <remarks>Any thread.</remarks>
internal sealed class VoucherBook
{
    private const int CodeLengthMin = 6;
    private const int CodeLengthMax = 32;
    private const string StateName = "portal-vouchers";

    private readonly LineFile<IReadOnlyDictionary<string, SessionGrant>> _file;
    private readonly string _statePath;
    private readonly TimeProvider _clock;
    private readonly Action<string> _warn;
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Use> _uses = new(StringComparer.Ordinal);

    /// <summary>For a file, and a directory for what was used.</summary>
    internal VoucherBook(string path, string stateDirectory, TimeProvider clock, Action<string> warn)
    {
        _file = new LineFile<IReadOnlyDictionary<string, SessionGrant>>(path, Read, warn);
        _statePath = Path.Combine(stateDirectory, StateName);
        _clock = clock;
        _warn = warn;
    }

    /// <summary>Reads both files for the first time.</summary>
    /// <returns>Mistakes.</returns>
    internal IReadOnlyList<string> Open() => [.. _file.Open(), .. ReadUses()];

    /// <summary>A code as it is compared: letters and digits alone, upper case; empty for what is none.</summary>
    internal static string Normalise(string text)
    {
        string code = string.Concat(text.Where(static unit => unit is not ('-' or ' '))).ToUpperInvariant();
        return code.Length is >= CodeLengthMin and <= CodeLengthMax && code.All(char.IsAsciiLetterOrDigit) ? code : "";
    }

    /// <summary>What a code still grants.</summary>
    /// <param name="text">As the user typed it.</param>
    /// <param name="code">As it is kept.</param>
    /// <param name="grant">What is left of it.</param>
    internal LoginRefusal TryRedeem(string text, out string code, out SessionGrant grant)
    {
        grant = SessionGrant.Unlimited;
        code = Normalise(text);
        if (code.Length == 0 || !_file.Current().TryGetValue(code, out SessionGrant? whole))
            return LoginRefusal.WrongCredentials;
        lock (_gate)
        {
            long now = _clock.GetUtcNow().ToUnixTimeSeconds();
            bool isUsed = _uses.TryGetValue(code, out Use use);
            long seconds = isUsed && whole.Seconds != 0 ? whole.Seconds - (now - use.FirstSeconds) : whole.Seconds;
            ulong bytes = whole.VolumeBytes > use.Bytes ? whole.VolumeBytes - use.Bytes : 0;
            if ((whole.Seconds != 0 && seconds <= 0) || (whole.VolumeBytes != 0 && bytes == 0))
                return LoginRefusal.UsedUp;
            grant = whole with { Seconds = seconds, VolumeBytes = bytes };
            if (isUsed)
                return LoginRefusal.None;
            _uses[code] = new Use(now, 0);
            Write();
            return LoginRefusal.None;
        }
    }

    /// <summary>Adds to what was used of a code.</summary>
    internal void AddUse(string code, ulong bytes)
    {
        lock (_gate)
        {
            if (bytes == 0 || !_uses.TryGetValue(code, out Use use))
                return;
            _uses[code] = use with { Bytes = unchecked(use.Bytes + bytes) };
            Write();
        }
    }

    private static Dictionary<string, SessionGrant> Read(IReadOnlyList<(int Number, string[] Words)> lines, List<string> errors)
    {
        var vouchers = new Dictionary<string, SessionGrant>(StringComparer.Ordinal);
        foreach ((int number, string[] words) in lines)
        {
            string code = Normalise(words[0]);
            string? error = code.Length == 0
                ? $"'{words[0]}': {CodeLengthMin} to {CodeLengthMax} letters and digits were expected, dashes between them"
                : GrantText.Read(words.AsSpan(1), out SessionGrant grant) ?? (vouchers.TryAdd(code, grant) ? null : $"'{words[0]}' stands twice");
            if (error is not null)
                errors.Add(string.Create(CultureInfo.InvariantCulture, $"{number}: {error}"));
        }

        return vouchers;
    }

    private List<string> ReadUses()
    {
        if (!File.Exists(_statePath))
            return [];
        var uses = new LineFile<Dictionary<string, Use>>(_statePath, ReadUses, _warn);
        IReadOnlyList<string> errors = uses.Open();
        lock (_gate)
        {
            foreach ((string code, Use use) in uses.Current())
                _uses[code] = use;
        }

        return [.. errors];
    }

    private static Dictionary<string, Use> ReadUses(IReadOnlyList<(int Number, string[] Words)> lines, List<string> errors)
    {
        var uses = new Dictionary<string, Use>(StringComparer.Ordinal);
        foreach ((int number, string[] words) in lines)
        {
            if (words.Length == 3 && long.TryParse(words[1], NumberStyles.None, CultureInfo.InvariantCulture, out long first)
                && ulong.TryParse(words[2], NumberStyles.None, CultureInfo.InvariantCulture, out ulong bytes))
            {
                uses[words[0]] = new Use(first, bytes);
            }
            else
            {
                errors.Add(string.Create(CultureInfo.InvariantCulture, $"{number}: a code, a time and a volume were expected"));
            }
        }

        return uses;
    }

    // A new file in the place of the old one: a crash leaves one of the two. Lost is what was used since the last settling, never the book.
    private void Write()
    {
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(_statePath)!);
            string next = _statePath + ".new";
            using (var stream = new FileStream(next, new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite }))
            using (var writer = new StreamWriter(stream))
            {
                foreach ((string code, Use use) in _uses)
                    writer.Write(string.Create(CultureInfo.InvariantCulture, $"{code} {use.FirstSeconds} {use.Bytes}\n"));
            }

            File.Move(next, _statePath, overwrite: true);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _warn($"what was used of vouchers cannot be kept: {error.Message}");
        }
    }

    private readonly record struct Use(long FirstSeconds, ulong Bytes);
}
