using System.Text;

namespace Natflow.Hocon.Reading;

/// <summary>Finds and reads files and resources within the limits. One reader serves one configuration.</summary>
internal sealed class SourceReader
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    // Lowest priority first.
    private static readonly (string Extension, SourceSyntax Syntax)[] Syntaxes =
    [
        (".properties", SourceSyntax.Properties),
        (".json", SourceSyntax.Json),
        (".conf", SourceSyntax.Hocon),
    ];

    private readonly HoconOptions _options;
    private int _bytesLeft;
    private int _filesLeft;

    internal SourceReader(HoconOptions options)
    {
        _options = options;
        _bytesLeft = options.Limits.BytesMax;
        _filesLeft = options.Limits.FilesMax;
    }

    /// <summary>Bounds.</summary>
    internal HoconLimits Limits => _options.Limits;

    /// <summary>The file that the operator named.</summary>
    internal SourceText ReadMain(string path)
    {
        var location = new HoconLocation(path, 0, 0);
        SyntaxOf(path, out SourceSyntax syntax);
        return TryReadFile(path, path, syntax, depth: 0, location)
            ?? throw new HoconException(HoconErrorKind.Include, location, string.Empty, "there is no such file");
    }

    /// <summary>A text that is no file.</summary>
    internal SourceText Own(string text, string name)
    {
        Charge(text.Length, new HoconLocation(name, 0, 0));
        return new SourceText(name, text, SourceSyntax.Hocon, Directory: null, IsResource: false, Depth: 0);
    }

    /// <summary>A text that stands for a file.</summary>
    internal SourceText InPlaceOf(string text, string path)
    {
        SyntaxOf(path, out SourceSyntax syntax);
        Charge(text.Length, new HoconLocation(path, 0, 0));
        return new SourceText(path, text, syntax, Path.GetDirectoryName(Path.GetFullPath(path)), IsResource: false, Depth: 0);
    }

    /// <summary>Everything an include names, lowest priority first; empty where nothing of it exists.</summary>
    internal List<SourceText> Find(IncludeStatement include, SourceText from)
    {
        if (from.Depth >= Limits.IncludeDepthMax)
            throw new HoconException(HoconErrorKind.Include, include.Location, string.Empty, $"files include one another more than {Limits.IncludeDepthMax} deep");
        if (include.Form == IncludeForm.Plain && include.Name.Contains("://", StringComparison.Ordinal))
            throw new HoconException(HoconErrorKind.Include, include.Location, string.Empty, "an address cannot be included: a configuration is read from this machine alone");
        if (include.Name.Contains('\0', StringComparison.Ordinal))
            throw new HoconException(HoconErrorKind.Include, include.Location, string.Empty, "a file name has no NUL character");

        return include.Form switch
        {
            IncludeForm.File => FindFiles(Path.Combine(_options.BaseDirectory, include.Name), include.Name, from.Depth + 1, include.Location),
            IncludeForm.Resource => FindResources(include.Name.TrimStart('/'), from.Depth + 1, include.Location),
            _ => FindPlain(include, from),
        };
    }

    private List<SourceText> FindPlain(IncludeStatement include, SourceText from)
    {
        int depth = from.Depth + 1;
        List<SourceText> found = [];
        if (from.IsResource)
        {
            string directory = from.Directory ?? string.Empty;
            found = FindResources(directory.Length == 0 ? include.Name : $"{directory}/{include.Name}", depth, include.Location);
        }
        else if (from.Directory is not null || Path.IsPathRooted(include.Name))
        {
            string path = Path.Combine(from.Directory ?? string.Empty, include.Name);
            found = FindFiles(path, path, depth, include.Location);
        }

        return found.Count > 0 ? found : FindResources(include.Name.TrimStart('/'), depth, include.Location);
    }

    private List<SourceText> FindFiles(string path, string shown, int depth, HoconLocation location) =>
        Collect(path, shown, (candidate, name, syntax) => TryReadFile(candidate, name, syntax, depth, location));

    private List<SourceText> FindResources(string name, int depth, HoconLocation location) => Collect(name, name, (candidate, _, syntax) =>
    {
        if (_options.Resources(candidate) is not { } text)
            return null;
        Charge(text.Length, location);
        int slash = candidate.LastIndexOf('/');
        return new SourceText(candidate, text, syntax, slash < 0 ? string.Empty : candidate[..slash], IsResource: true, depth);
    });

    private static List<SourceText> Collect(string path, string shown, Func<string, string, SourceSyntax, SourceText?> read)
    {
        var found = new List<SourceText>();
        if (SyntaxOf(path, out SourceSyntax known))
        {
            if (read(path, shown, known) is { } one)
                found.Add(one);
            return found;
        }

        foreach ((string extension, SourceSyntax syntax) in Syntaxes)
        {
            if (read(path + extension, shown + extension, syntax) is { } one)
                found.Add(one);
        }

        return found;
    }

    private static bool SyntaxOf(string path, out SourceSyntax syntax)
    {
        foreach ((string extension, SourceSyntax candidate) in Syntaxes)
        {
            syntax = candidate;
            if (path.EndsWith(extension, StringComparison.Ordinal))
                return true;
        }

        syntax = SourceSyntax.Hocon;
        return false;
    }

    private SourceText? TryReadFile(string path, string shown, SourceSyntax syntax, int depth, HoconLocation location)
    {
        try
        {
            if (!File.Exists(path))
                return null;
            byte[] bytes = ReadBounded(path, location);
            return new SourceText(shown, StrictUtf8.GetString(bytes), syntax, Path.GetDirectoryName(Path.GetFullPath(path)), IsResource: false, depth);
        }
        catch (DecoderFallbackException)
        {
            throw new HoconException(HoconErrorKind.Parse, new HoconLocation(shown, 0, 0), string.Empty, "the file is not UTF-8 text");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new HoconException(HoconErrorKind.Include, location, string.Empty, $"{shown} cannot be read: {error.Message}");
        }
    }

    // The length a file reports may be 0 (as in /proc) or change while it is read; what is read is what counts.
    private byte[] ReadBounded(string path, HoconLocation location)
    {
        using FileStream stream = File.OpenRead(path);
        using var content = new MemoryStream();
        byte[] part = new byte[16384];
        for (int count = stream.Read(part); count > 0 && content.Length <= _bytesLeft; count = stream.Read(part))
            content.Write(part, 0, count);

        Charge(content.Length, location);
        return content.ToArray();
    }

    private void Charge(long bytes, HoconLocation location)
    {
        if (bytes > _bytesLeft)
            throw new HoconException(HoconErrorKind.Limit, location, string.Empty, $"the configuration is larger than {Limits.BytesMax} bytes");
        if (--_filesLeft < 0)
            throw new HoconException(HoconErrorKind.Limit, location, string.Empty, $"the configuration has more than {Limits.FilesMax} files");
        _bytesLeft -= (int)bytes;
    }
}
