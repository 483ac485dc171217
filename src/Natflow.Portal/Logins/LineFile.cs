using System.Text;

namespace Natflow.Portal.Logins;

/// <summary>A file of lines that the operator may change at any time. A version with a mistake is refused as a whole: what was read before stays in force.</summary>
/// <typeparam name="T">What it holds.</typeparam>
internal sealed class LineFile<T>
    where T : class
{
    private const int LengthMax = 16 << 20;
    private const int ErrorsMax = 20;

    private readonly string _path;
    private readonly Func<IReadOnlyList<(int Number, string[] Words)>, List<string>, T> _read;
    private readonly Action<string> _warn;
    private readonly Lock _gate = new();
    private (DateTime Written, long Length) _version;
    private T _current;

    /// <summary>For a file that need not exist.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="read">Makes what it holds of the words of its lines, and notes mistakes.</param>
    /// <param name="warn">Gets mistakes of later versions.</param>
    internal LineFile(string path, Func<IReadOnlyList<(int Number, string[] Words)>, List<string>, T> read, Action<string> warn)
    {
        _path = path;
        _read = read;
        _warn = warn;
        _current = read([], []);
    }

    /// <summary>Reads it for the first time.</summary>
    /// <returns>Its mistakes; empty where there are none.</returns>
    internal IReadOnlyList<string> Open()
    {
        lock (_gate)
            return Read();
    }

    /// <summary>What it holds now.</summary>
    internal T Current()
    {
        lock (_gate)
        {
            if (VersionOf() != _version)
            {
                foreach (string error in Read())
                    _warn(error);
            }

            return _current;
        }
    }

    private (DateTime Written, long Length) VersionOf()
    {
        var file = new FileInfo(_path);
        return file.Exists ? (file.LastWriteTimeUtc, file.Length) : default;
    }

    private List<string> Read()
    {
        _version = VersionOf();
        var errors = new List<string>();
        if (_version == default)
        {
            _current = _read([], errors);
            return errors;
        }

        if (_version.Length > LengthMax)
            return [$"{_path}: longer than {LengthMax >> 20} MiB"];
        try
        {
            var lines = new List<(int, string[])>();
            int number = 0;
            foreach (string line in File.ReadLines(_path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true)))
            {
                number++;
                string[] words = line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
                if (words.Length != 0 && words[0][0] != '#')
                    lines.Add((number, words));
            }

            T next = _read(lines, errors);
            if (errors.Count == 0)
                _current = next;
            return [.. errors.Take(ErrorsMax).Select(error => $"{_path}:{error}")];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or DecoderFallbackException)
        {
            return [$"{_path}: {error.Message}"];
        }
    }
}
