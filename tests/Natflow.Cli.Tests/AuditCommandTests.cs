using System.Text.Json;
using Microsoft.Data.Sqlite;
using Natflow.Journal;
using Natflow.Journal.Events;
using Natflow.Journal.Writing;

namespace Natflow.Cli.Tests;

public sealed class AuditCommandTests
{
    private const int Done = 0;
    private const int Failed = 1;
    private const int Usage = 2;
    private const string User = "10.0.0.1";

    [Theory]
    [InlineData("who 203.0.113:40123", "is no endpoint such as 203.0.113.7:40123")]
    [InlineData("who 203.0.113.7", "is no endpoint")]
    [InlineData("who 203.0.113.7:0", "is no endpoint")]
    [InlineData("who 203.0.113.7:1 --at soon", "'soon' is no time such as 2026-11-22T10:00:03Z")]
    [InlineData("who 203.0.113.7:1 --at 03/04/2026", "'03/04/2026' is no time such as 2026-11-22T10:00:03Z")]
    [InlineData("user bob", "'bob' is no address such as 192.0.2.15")]
    [InlineData("user 10.0.0.1 --from 2026-02-01T00:00:00Z --to 2026-01-01T00:00:00Z", "--from is later than --to")]
    [InlineData("erase 10.0.0.300", "'10.0.0.300' is no address")]
    [InlineData("replay --speed 0", "'0' is no factor above 0")]
    [InlineData("replay --speed NaN", "'NaN' is no factor above 0")]
    [InlineData("export --format ipfix", "ipfix needs --out FILE or --collector IP:PORT")]
    [InlineData("export --format ipfix --collector nowhere", "'nowhere' is no endpoint such as 192.0.2.1:4739")]
    [InlineData("retain", "say what to keep")]
    [InlineData("retain --bytes -1", "--bytes: 0, which sets no limit, or more is possible")]
    [InlineData("retain --days -1", "--days: 0 to 36500 are possible")]
    [InlineData("retain --days 1e300", "--days: 0 to 36500 are possible")]
    public async Task Run_WrongUsage_Is2AndSaysWhatIsWrong(string command, string message)
    {
        using var folder = new TemporaryFolder();
        string journal = await Make(folder);
        (await NatflowProcess.Run(["audit", .. command.Split(' '), "--journal", journal])).CheckRefusal(Usage, message);
    }

    [Theory]
    [InlineData("who 203.0.113.7:1100")]
    [InlineData("verify")]
    [InlineData("erase 10.0.0.1")]
    [InlineData("retain --days 1")]
    public async Task Run_NoJournalThere_Is1AndMakesNone(string command)
    {
        using var folder = new TemporaryFolder();
        (await NatflowProcess.Run(["audit", .. command.Split(' '), "--journal", folder.Of("absent.db")])).CheckRefusal(Failed, "there is no journal");
        Assert.False(File.Exists(folder.Of("absent.db")));
    }

    [Theory]
    [InlineData("no database at all", "is no SQLite database")]
    [InlineData("", "is no journal of Natflow")]
    [InlineData(null, "is no journal of Natflow")] // Another program's database.
    public async Task Run_FileThatIsNoJournal_Is1AndLeavesItAlone(string? content, string message)
    {
        using var folder = new TemporaryFolder();
        string path = folder.Of("other.db");
        if (content is not null)
            await File.WriteAllTextAsync(path, content);
        else
            MakeDatabase(path);
        byte[] before = await File.ReadAllBytesAsync(path);
        foreach (string command in (string[])["who 203.0.113.7:1100", "verify", "erase 10.0.0.1", "retain --days 1"])
            (await NatflowProcess.Run(["audit", .. command.Split(' '), "--journal", path])).CheckRefusal(Failed, message);
        Assert.Equal(before, await File.ReadAllBytesAsync(path));
    }

    [Fact]
    public async Task Run_EachQuestion_IsAnsweredAsJsonAndItselfOnRecord()
    {
        using var folder = new TemporaryFolder();
        string journal = await Make(folder);
        Assert.Equal(User, (await Ask(journal, "who", "203.0.113.7:1100", "--at", "2026-01-01T12:00:00Z")).GetProperty("user").GetString());
        Assert.Equal(1, (await Ask(journal, "state", "--at", "2026-01-01T12:00:00Z")).GetProperty("leases").GetArrayLength());
        NatflowProcess user = await NatflowProcess.Run("audit", "user", User, "--journal", journal, "--json");
        Assert.Equal(3, user.Output.TrimEnd().Split('\n').Length);

        NatflowProcess replay = await NatflowProcess.Run("audit", "replay", "--journal", journal);
        Assert.Contains("audit who 203.0.113.7:1100 at 2026-01-01T12:00:00.000Z", replay.Output, StringComparison.Ordinal);
        Assert.Contains($"audit user {User}", replay.Output, StringComparison.Ordinal);
        Assert.Contains("\"audit state at 2026", replay.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("who 203.0.113.7:1100 --at 2026-01-01T12:00:00Z", "203.0.113.7:1100 at 2026-01-01T12:00:00.000Z: 10.0.0.1 (zone 0), ports 1024 to 1151 since 2026-01-01T10:00:00.000Z until now; basis: port-block, event nat-0 2\n")]
    [InlineData("who 203.0.113.7:1100 --at 2026-01-01T09:59:59Z", "203.0.113.7:1100 at 2026-01-01T09:59:59.000Z: nobody on record; 10.0.0.1 got it at 2026-01-01T10:00:00.000Z\n")]
    [InlineData("who 203.0.113.9:1100", ": nobody on record; natflow audit status says of which times there is a record\n")]
    [InlineData("user 10.0.0.1", "2026-01-01T10:00:00.000Z  port-block-allocated    public=203.0.113.7 first-port=1024 port-count=128")]
    [InlineData("user 10.0.0.1", "2026-01-01T10:00:00.000Z  url-visited             scheme=tls host=example.org hits=1")]
    [InlineData("user 10.0.0.1", "3 events about 10.0.0.1; times are UTC")]
    [InlineData("user 10.0.0.7", "nothing is on record about 10.0.0.7 of that time")]
    [InlineData("state --at 2025-01-01", "nothing is on record of that time")]
    [InlineData("state", "2 subscribers, 1 port blocks (times are UTC)")]
    public async Task Run_InWords_SaysTimesInUtcAndWhatIsMissing(string command, string expected)
    {
        using var folder = new TemporaryFolder();
        string journal = await Make(folder);
        NatflowProcess run = await NatflowProcess.Run(["audit", .. command.Split(' '), "--journal", journal]);
        Assert.Equal(Done, run.ExitCode);
        Assert.Contains(expected, run.Output + run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Run_StatusEraseRetainVerify_CountAndLeaveTheChainWhole()
    {
        using var folder = new TemporaryFolder();
        string journal = await Make(folder);
        JsonElement status = await Ask(journal, "status");
        Assert.Equal((4, "nat-0", 4), (status.GetProperty("events").GetInt32(), status.GetProperty("streams")[0].GetProperty("stream").GetString(), status.GetProperty("streams")[0].GetProperty("head").GetInt32()));
        Assert.Equal(3, (await Ask(journal, "erase", User)).GetProperty("erased").GetInt32());
        Assert.Equal(5, (await Ask(journal, "verify")).GetProperty("events").GetInt32());
        Assert.Equal(4, (await Ask(journal, "retain", "--days", "1")).GetProperty("removed").GetInt32());
        Assert.Equal(0, (await Ask(journal, "verify")).GetProperty("findings").GetArrayLength());
    }

    [Fact]
    public async Task Run_VerifyOfATouchedJournal_Is1AndNamesTheEvent()
    {
        using var folder = new TemporaryFolder();
        string journal = await Make(folder);
        using (var connection = new SqliteConnection($"Data Source={journal};Pooling=False"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "UPDATE journal SET message = CAST(replace(CAST(message AS TEXT), '10.0.0.1', '10.0.0.9') AS BLOB) WHERE sequence_number = 2";
            Assert.Equal(1, command.ExecuteNonQuery());
        }

        NatflowProcess run = await NatflowProcess.Run("audit", "verify", "--journal", journal, "--json");
        Assert.Equal(Failed, run.ExitCode);
        JsonElement finding = Assert.Single(JsonDocument.Parse(run.Output).RootElement.GetProperty("findings").EnumerateArray());
        Assert.Equal(("nat-0", "changed", 2), (finding.GetProperty("stream").GetString(), finding.GetProperty("fault").GetString(), finding.GetProperty("number").GetInt32()));
    }

    private static void MakeDatabase(string path)
    {
        using var connection = new SqliteConnection($"Data Source={path};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "CREATE TABLE journal (a INTEGER)";
        command.ExecuteNonQuery();
    }

    private static async Task<JsonElement> Ask(string journal, params string[] command)
    {
        NatflowProcess run = await NatflowProcess.Run(["audit", .. command, "--journal", journal, "--json"]);
        Assert.Equal((Done, ""), (run.ExitCode, run.Error));
        return JsonDocument.Parse(run.Output).RootElement;
    }

    private static async Task<string> Make(TemporaryFolder folder)
    {
        string path = folder.Of("journal.db");
        using var writer = new JournalWriter(JournalLocation.OfFile(path).Open, EventCatalogue.Default, new JournalWriterSettings { SpillPath = folder.Of("spill") }, TimeProvider.System, static _ => { });
        long ticks = new DateTime(2026, 1, 1, 10, 0, 0, DateTimeKind.Utc).Ticks;
        writer.Append(
            "nat-0",
            [
                new JournalFact(new UserSeen(User, 0), ticks), new JournalFact(new PortBlockAllocated(User, 0, 0, "203.0.113.7", 1024, 128), ticks), new JournalFact(new UrlVisited(User, "tls", "example.org"), ticks),
                new JournalFact(new UserSeen("10.0.0.2", 0), ticks),
            ]);
        await writer.Flush();
        return path;
    }
}
