using System.Collections.Immutable;

namespace Natflow.Policy.Sets;

/// <summary>Reads a set from text: an entry a line, <c>#</c> starts a comment. A file with an error gives no set: what was in force stays.</summary>
public static class SetFileReader
{
    /// <summary>Errors that are kept; the rest is counted.</summary>
    public const int ErrorCountMax = 100;

    private const int ShownMax = 80;

    /// <summary>Reads to the end.</summary>
    /// <param name="name">Name of the set.</param>
    /// <param name="file">Name of the file, for errors.</param>
    /// <param name="reader">The text.</param>
    /// <param name="errors">All errors, up to <see cref="ErrorCountMax"/>; empty on success.</param>
    /// <returns>The set, or null where there was an error.</returns>
    public static NamedSet? Read(string name, string file, TextReader reader, out ImmutableArray<SetFileError> errors)
    {
        var builder = new NamedSetBuilder();
        return Read(builder, file, reader, out errors) ? builder.Build(name) : null;
    }

    /// <summary>Adds to a set that is being built.</summary>
    /// <param name="builder">Gets the entries, those before an error too.</param>
    /// <param name="file">Name of the file, for errors.</param>
    /// <param name="reader">The text.</param>
    /// <param name="errors">All errors, up to <see cref="ErrorCountMax"/>; empty on success.</param>
    /// <returns>False where there was an error.</returns>
    public static bool Read(NamedSetBuilder builder, string file, TextReader reader, out ImmutableArray<SetFileError> errors)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(reader);
        ImmutableArray<SetFileError>.Builder found = ImmutableArray.CreateBuilder<SetFileError>();
        int number = 0;
        while (found.Count < ErrorCountMax && reader.ReadLine() is { } line)
        {
            number++;
            ReadOnlySpan<char> entry = line;
            int comment = entry.IndexOf('#');
            entry = (comment < 0 ? entry : entry[..comment]).Trim();
            if (entry.Length > ShownMax)
                found.Add(new SetFileError(file, number, $"an entry has at most {ShownMax} characters"));
            else if (!entry.IsEmpty && !builder.TryAdd(entry, out string? error))
                found.Add(new SetFileError(file, number, error));
        }

        errors = found.ToImmutable();
        return errors.IsEmpty;
    }
}
