using System.Collections.Immutable;
using Natflow.Host.Settings;
using Natflow.Policy.Sets;

namespace Natflow.Host.Live;

/// <summary>Makes the named sets of a configuration: its entries, those of its files, those of the kernel.</summary>
internal static class SetSource
{
    /// <summary>Reads all sets: all of them, or none. The kernel is asked where a source names it.</summary>
    /// <param name="sources">Where they come from; several of one name are one set.</param>
    /// <param name="sets">The sets.</param>
    /// <param name="errors">Every mistake, with file and line.</param>
    internal static bool TryRead(IReadOnlyList<SetSettings> sources, out SetCatalog sets, out IReadOnlyList<string> errors) =>
        TryRead(sources, [], sources.Any(static source => source.IsKernel) ? KernelSets.Read() : KernelSets.None, out sets, out errors);

    /// <summary>Reads all sets: all of them, or none.</summary>
    /// <param name="sources">Where they come from; several of one name are one set.</param>
    /// <param name="wanted">Names that rules have: what no source names is the kernel's set, if it has one.</param>
    /// <param name="kernel">The kernel's sets.</param>
    /// <param name="sets">The sets.</param>
    /// <param name="errors">Every mistake, with file and line.</param>
    internal static bool TryRead(
        IReadOnlyList<SetSettings> sources, IReadOnlyCollection<string> wanted, KernelSets kernel, out SetCatalog sets, out IReadOnlyList<string> errors)
    {
        var found = new List<string>();
        var builders = new Dictionary<string, NamedSetBuilder>(StringComparer.Ordinal);
        foreach (SetSettings source in sources)
            Add(source, kernel, BuilderOf(builders, source.Name), found);
        foreach (string name in wanted.Where(name => !builders.ContainsKey(name) && kernel.Has(name)).ToArray())
            AddKernel(name, kernel, BuilderOf(builders, name));
        sets = new SetCatalog(builders.Select(static pair => pair.Value.Build(pair.Key)));
        errors = found;
        return found.Count == 0;
    }

    /// <summary>Which files there are and when each was last written; the least time for a source without one.</summary>
    internal static IReadOnlyList<DateTime> TimesOf(IReadOnlyList<SetSettings> sources) =>
        [.. sources.Select(static source => source.File.Length == 0 ? DateTime.MinValue : File.GetLastWriteTimeUtc(source.File))];

    private static NamedSetBuilder BuilderOf(Dictionary<string, NamedSetBuilder> builders, string name)
    {
        if (!builders.TryGetValue(name, out NamedSetBuilder? builder))
            builders.Add(name, builder = new NamedSetBuilder());
        return builder;
    }

    private static void Add(SetSettings source, KernelSets kernel, NamedSetBuilder builder, List<string> errors)
    {
        foreach (string entry in source.Entries)
            _ = builder.TryAdd(entry, out _); // Judged when the configuration was read.
        if (source.File.Length != 0)
            AddFile(source, builder, errors);
        if (source.IsKernel)
            AddKernel(source.Name, kernel, builder);
    }

    // A kind of member that sets here do not have says nothing here.
    private static void AddKernel(string name, KernelSets kernel, NamedSetBuilder builder)
    {
        foreach (string member in kernel.Members(name))
            _ = builder.TryAdd(member, out _);
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
