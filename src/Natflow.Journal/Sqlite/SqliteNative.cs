using SQLitePCL;

namespace Natflow.Journal.Sqlite;

/// <summary>The library, loaded once.</summary>
internal static class SqliteNative
{
    private static readonly Lazy<bool> Loaded = new(static () =>
    {
        Batteries_V2.Init();
        return true;
    });

    internal static void Init() => _ = Loaded.Value;
}
