using System.Security.Cryptography;

namespace Natflow.Management.Api.Access;

/// <summary>The tokens that are let in, from a file that is read again when it changes. Any thread.</summary>
public sealed class TokenFile
{
    private const long FileBytesMax = 1 << 20;

    private readonly string _path;
    private readonly TimeProvider _clock;
    private readonly Action<string> _warn;
    private readonly Lock _lock = new();
    private IReadOnlyList<ApiToken> _tokens = [];
    private DateTime _modified;
    private long _lookedAt = long.MinValue;

    /// <summary>Names the file; it need not exist.</summary>
    /// <param name="path">Absolute path; empty where there are no tokens.</param>
    /// <param name="clock">Time.</param>
    /// <param name="warn">Told about lines that cannot be used.</param>
    public TokenFile(string path, TimeProvider clock, Action<string> warn)
    {
        _path = path;
        _clock = clock;
        _warn = warn;
    }

    /// <summary>The token with a text.</summary>
    /// <returns>Null where there is none. Takes as long for a near miss as for a far one: every hash is compared, each in constant time.</returns>
    public ApiToken? Find(string text)
    {
        byte[] hash = ApiToken.HashOf(text);
        ApiToken? found = null;
        foreach (ApiToken token in Current())
            found = CryptographicOperations.FixedTimeEquals(token.Hash.Span, hash) ? token : found;
        return found;
    }

    private IReadOnlyList<ApiToken> Current()
    {
        lock (_lock)
        {
            long now = _clock.GetTimestamp();
            if (_path.Length == 0 || (_lookedAt != long.MinValue && _clock.GetElapsedTime(_lookedAt, now) < TimeSpan.FromSeconds(1)))
                return _tokens;
            _lookedAt = now;
            try
            {
                Refresh(new FileInfo(_path));
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                _tokens = [];
                _warn($"{_path}: {error.Message}: no token is accepted");
            }

            return _tokens;
        }
    }

    private void Refresh(FileInfo file)
    {
        if (!file.Exists)
        {
            _tokens = [];
            _modified = default;
            return;
        }

        if (file.LastWriteTimeUtc == _modified)
            return;
        if (file.Length > FileBytesMax)
            throw new IOException($"larger than {FileBytesMax} bytes");
        if ((file.UnixFileMode & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != UnixFileMode.None)
            _warn($"{_path}: others can write it, and so let themselves in; 'chmod 644 {_path}'");
        _tokens = [.. Parse(File.ReadAllLines(_path))];
        _modified = file.LastWriteTimeUtc;
    }

    private IEnumerable<ApiToken> Parse(string[] lines)
    {
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            if (ApiToken.TryParse(line, out ApiToken? token, out string? error))
                yield return token;
            else
                _warn($"{_path}:{i + 1}: {error}; the line is not used");
        }
    }
}
