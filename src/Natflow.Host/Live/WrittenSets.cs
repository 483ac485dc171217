using System.Collections.Immutable;
using Natflow.Gateway.Users;
using Natflow.Host.Settings;
using Natflow.Policy.Sets;

namespace Natflow.Host.Live;

/// <summary>Sets that operators write by the API: a file each in the state directory, so that they are there after a restart.</summary>
/// <remarks>One owner.</remarks>
internal sealed class WrittenSets(string stateDirectory)
{
    private const int NameMax = 31;
    private const string Shown = "the text";

    private readonly string _directory = Path.Combine(stateDirectory, "sets");

    /// <summary>The files as sources.</summary>
    internal IReadOnlyList<SetSettings> Sources()
    {
        if (!Directory.Exists(_directory))
            return [];
        return
        [
            .. Directory.EnumerateFiles(_directory, "*.set").Order(StringComparer.Ordinal)
                .Select(static path => new SetSettings(Uri.UnescapeDataString(Path.GetFileNameWithoutExtension(path)), [], path, IsKernel: false)),
        ];
    }

    /// <summary>Whether somebody wrote a set of a name.</summary>
    internal bool Has(string name) => File.Exists(PathOf(name));

    /// <summary>Writes a set, whole or not at all.</summary>
    internal SetAnswer Write(SetWriteRequest request)
    {
        if (request.Name.Length is 0 or > NameMax || request.Name.AsSpan().ContainsAnyExceptInRange('!', '~') || request.Name.Contains(',', StringComparison.Ordinal))
            return new SetAnswer([$"name '{request.Name}': 1 to {NameMax} characters without blank and comma are needed"], IsKnown: true);
        try
        {
            return request.Text is { } text ? Keep(request.Name, text) : Remove(request.Name);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return new SetAnswer([$"{PathOf(request.Name)}: {error.Message}"], IsKnown: true);
        }
    }

    private SetAnswer Keep(string name, string text)
    {
        using var reader = new StringReader(text);
        if (!SetFileReader.Read(new NamedSetBuilder(), Shown, reader, out ImmutableArray<SetFileError> errors))
            return new SetAnswer([.. errors.Select(static error => error.ToString())], IsKnown: true);
        Directory.CreateDirectory(_directory);
        string temporary = PathOf(name) + ".new";
        File.WriteAllText(temporary, text);
        File.Move(temporary, PathOf(name), overwrite: true);
        return new SetAnswer([], IsKnown: true);
    }

    private SetAnswer Remove(string name)
    {
        bool isKnown = Has(name);
        if (isKnown)
            File.Delete(PathOf(name));
        return new SetAnswer([], isKnown);
    }

    // A name may have characters that a path must not: they are escaped, dots too, so that none is a way out of the directory.
    private string PathOf(string name) => Path.Combine(_directory, $"{Uri.EscapeDataString(name).Replace(".", "%2E", StringComparison.Ordinal)}.set");
}
