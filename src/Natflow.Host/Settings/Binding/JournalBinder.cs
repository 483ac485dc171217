using Natflow.Hocon;

namespace Natflow.Host.Settings.Binding;

/// <summary>Binds <c>natflow.journal</c>.</summary>
internal static class JournalBinder
{
    private const long MiB = 1 << 20;

    /// <summary>Binds the section.</summary>
    internal static JournalSettings Bind(SettingsSection journal)
    {
        SettingsSection retention = journal.Section("retention");
        var settings = new JournalSettings
        {
            Engine = journal.OneOf("engine", ("none", JournalEngine.None), ("sqlite", JournalEngine.Sqlite), ("postgresql", JournalEngine.PostgreSql)),
            Path = journal.Value<string>("path", "an absolute path, or \"\" for journal.db in the state directory", TryPathOrEmpty, static path => path),
            Connection = journal.Value<string>("connection", "a connection string such as \"Host=/run/postgresql;Database=natflow\"", TryText, static _ => "(not shown)"),
            SpillBytes = Size(journal, "spill-bytes", 1, "1MiB"),
            RetentionAge = retention.Duration("age", "0s", "3650d"),
            RetentionBytes = Size(retention, "bytes", 0, "0"),
        };
        retention.Finish();
        journal.Finish();
        return settings;
    }

    private static long Size(SettingsSection section, string key, long minMiB, string min) => section.Value(
        key,
        $"a size from {min} to 16TiB",
        (HoconValue value, out long bytes) => HoconConvert.TrySize(value, out bytes) && bytes >= minMiB * MiB && bytes <= 16 * MiB * MiB,
        static bytes => $"{bytes}B");

    private static bool TryPathOrEmpty(HoconValue value, out string path) =>
        (TryText(value, out path) && path.Length == 0) || SettingReaders.TryAbsolutePath(value, out path);

    private static bool TryText(HoconValue value, out string text)
    {
        bool isText = HoconConvert.TryString(value, out string? read);
        text = read ?? string.Empty;
        return isText;
    }
}
