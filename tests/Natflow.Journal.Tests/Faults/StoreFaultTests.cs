using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Natflow.Journal.Chain;
using Natflow.Journal.Sqlite;
using Natflow.Journal.Tests.Stores;
using Natflow.Journal.Writing;

namespace Natflow.Journal.Tests.Faults;

/// <summary>Real faults of real stores.</summary>
[Collection(StoreCollection.Name)]
public sealed class StoreFaultTests
{
    [Fact]
    public async Task Sqlite_Locked_EventsWaitAndTheOperatorIsTold()
    {
        using var rig = new FaultRig("sqlite");
        await rig.Append(0);
        using (var other = new SqliteConnection($"Data Source={rig.Place.Location.Value};Pooling=False"))
        {
            other.Open();
            using SqliteTransaction held = other.BeginTransaction(deferred: false);
            await rig.Append(1);
            Assert.Contains("locked", rig.Writer.Status.Problem, StringComparison.Ordinal);
        }

        await rig.Return();
        Assert.Equal(2, await rig.Count());
        rig.AssertTold("is locked by another program; end it, or give it time", isOver: true);
    }

    [RootFact]
    public async Task Sqlite_DiskFull_EventsWaitElsewhereAndNoneIsLost()
    {
        using var rig = new FaultRig("sqlite");
        string mount = Path.Combine(rig.Place.Directory, "small");
        Directory.CreateDirectory(mount);
        Run("mount", "-t", "tmpfs", "-o", "size=700k", "tmpfs", mount);
        try
        {
            JournalLocation small = JournalLocation.OfFile(Path.Combine(mount, "journal.db"));
            await rig.Use(small, async () =>
            {
                for (int i = 0; i < 60 && !rig.Writer.Status.IsSpilling; i++)
                    await rig.Append(i, 100);
                Assert.Contains("full", rig.Writer.Status.Problem, StringComparison.Ordinal);
                long all = rig.Writer.Status.Stored + rig.Writer.Status.Spilled;
                Run("mount", "-o", "remount,size=16m", mount);
                await rig.Return();
                rig.AssertTold("the disk is full; make room, or shorten natflow.journal.retention", isOver: true);
                using IJournalReader reader = small.OpenReader();
                Assert.Equal(all, reader.Replay("s", 1, long.MaxValue, long.MaxValue).Count());
            });
        }
        finally
        {
            Run("umount", mount);
        }
    }

    [Fact]
    public void Sqlite_CorruptPage_IsToldInAnOperatorsWords()
    {
        using var place = new TestJournalPlace("sqlite");
        using (IJournalStore store = place.Location.Open())
            Entries.Append(store, 1, before: null, [.. Enumerable.Range(0, 2000).Select(static i => Entries.Make("s", $"{{\"n\":{i}}}"))]);
        using (FileStream file = File.OpenWrite(place.Location.Value))
        {
            file.Position = 4096;
            file.Write(new byte[(int)file.Length - 8192]);
        }

        StoreUnavailableException failure = Assert.Throws<StoreUnavailableException>(() =>
        {
            using SqliteStore store = SqliteStore.Open(place.Location.Value);
            Entries.Append(store, 2, before: null, Entries.Make("t", "{}"));
            using IJournalReader reader = store.OpenReader();
            _ = reader.ReadAll(0, long.MaxValue).Count();
        });
        Assert.StartsWith($"{place.Location.Value} is damaged (", failure.Message, StringComparison.Ordinal);
        Assert.EndsWith("stop the gateway, keep the file for 'sqlite3 .recover', and restore a backup or start a new journal", failure.Message, StringComparison.Ordinal);
    }

    [RootFact]
    public async Task Sqlite_CopyOnReadOnlyMedium_IsRead()
    {
        using var rig = new FaultRig("sqlite");
        await rig.Append(0, 100);
        rig.Writer.Dispose(); // The log goes into the file.
        string mount = Path.Combine(rig.Place.Directory, "read only"); // As media are named.
        Directory.CreateDirectory(mount);
        Run("mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", mount);
        try
        {
            string copy = Path.Combine(mount, "journal.db");
            File.Copy(rig.Place.Location.Value, copy);
            Run("mount", "-o", "remount,ro", mount);
            using (IJournalReader reader = JournalLocation.OfFile(copy).OpenReader(computesDigests: true))
            {
                Assert.Empty(ChainVerifier.VerifyAll(reader).Findings);
                Assert.Equal(100, reader.Replay("s", 1, long.MaxValue, long.MaxValue).Count());
            }

            Run("mount", "-o", "remount,rw", mount);
            File.WriteAllBytes(copy + "-wal", new byte[100]); // What stands in a log must not be overlooked.
            Run("mount", "-o", "remount,ro", mount);
            StoreUnavailableException failure = Assert.Throws<StoreUnavailableException>(() => JournalLocation.OfFile(copy).OpenReader());
            Assert.Contains("copy both to a directory that can be", failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            Run("umount", mount);
        }
    }

    [PostgreSqlFact]
    public async Task PostgreSql_RestartedMidBatch_NoneIsLostAndNoneTwice()
    {
        using var rig = new FaultRig("postgresql");
        for (int i = 0; i < 5; i++)
            await rig.Append(i, 100);
        Task[] burst = [.. Enumerable.Range(5, 20).Select(i => rig.Append(i, 500))];
        PostgreSqlServer.Instance.Kill();
        await Task.WhenAll(burst);
        await rig.Append(99);
        Assert.True(rig.Writer.Status.IsSpilling);
        PostgreSqlServer.Instance.Start();
        await rig.Return();
        Assert.Equal(500 + (20 * 500) + 1, await rig.Count());
        JournalNotice told = rig.Notices.First(static notice => notice.IsProblem);
        Assert.Matches("^postgresql://.*(cannot be reached|is stopping or starting).*; forwarding goes on, events wait in ", told.Text);
        Assert.Contains("is in use again", rig.Notices.Last().Text, StringComparison.Ordinal);
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class RootFactAttribute : FactAttribute
    {
        public RootFactAttribute() => Skip = Environment.UserName == "root" ? null : "needs root, to mount a small file system";
    }
}
