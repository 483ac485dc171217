using System.Collections.Immutable;
using Natflow.Host.Settings;
using Natflow.Policy.Sets;

namespace Natflow.Host.Live;

/// <summary>Makes the named sets of a configuration: its entries, those of its files, those of the kernel.</summary>
internal static class SetSource
{
    /// <summary>Reads all sets: all of them, or none.</summary>
    /// <param name="sources">Where they come from.</param>
    /// <param name="sets">The sets.</param>
    /// <param name="errors">Every mistake, with file and line.</param>
    internal static bool TryRead(IReadOnlyList<SetSettings> sources, out SetCatalog sets, out IReadOnlyList<string> errors)
    {
        var found = new List<string>();
        NamedSet[] read = [.. sources.Select(source => Read(source, found))];
        sets = new SetCatalog(read);
        errors = found;
        return found.Count == 0;
    }

    /// <summary>When each source's file was last written; the least time where there is none.</summary>
    internal static IReadOnlyList<DateTime> TimesOf(IReadOnlyList<SetSettings> sources) =>
        [.. sources.Select(static source => source.File.Length == 0 ? DateTime.MinValue : File.GetLastWriteTimeUtc(source.File))];

    private static NamedSet Read(SetSettings source, List<string> errors)
    {
        var builder = new NamedSetBuilder();
        foreach (string entry in source.Entries)
            _ = builder.TryAdd(entry, out _); // Judged when the configuration was read.
        if (source.File.Length != 0)
            AddFile(source, builder, errors);
        if (source.IsKernel)
        {
            foreach (string member in KernelSets.Members(source.Name))
                _ = builder.TryAdd(member, out _); // A kind of member that sets here do not have says nothing here.
        }

        return builder.Build(source.Name);
    }

    private static void AddFile(SetSettings source, NamedSetBuilder builder, List<string> errors)
    {
        try
        {
            using var reader = new StreamReader(source.File);
            _ = SetFileReader.Read(builder, source.File, reader, out ImmutableArray<SetFileError> found);
            errors.AddRange(found.Select(static error => error.ToString()));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            errors.Add($"{source.File}: {error.Message}");
        }
    }
}
