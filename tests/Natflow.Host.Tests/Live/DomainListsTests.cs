using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using Natflow.Gateway.Inspection;
using Natflow.Host.Live;
using Natflow.Inspect.Domains;

namespace Natflow.Host.Tests.Live;

/// <summary>Lists of domains are loaded, read again and removed while names are looked up: all of them or none, and counted.</summary>
public sealed class DomainListsTests : IDisposable
{
    private const int DomainCount = 1_000_000;

    private readonly string _directory = Directory.CreateTempSubdirectory("natflow-lists-").FullName;
    private readonly List<string> _notes = [];
    private int _applied;

    [Fact]
    public async Task Lists_OfAMillionDomains_AreLoadedReadAgainAndRemovedWhileNamesAreLookedUp()
    {
        string big = Write("big.txt", Enumerable.Range(0, DomainCount).Select(static i => $"d{i}.example"));
        using var shard = new Shard("www.d999999.example"u8.ToArray());
        using var lists = new DomainLists([], seed: 1, _notes, shard.Apply);
        Assert.Equal(0, await shard.NextAnswer());
        await Put(lists, [big]);
        Assert.Equal(DomainCount, Assert.Single(lists.Models).Domains);
        Assert.Equal(1, await shard.NextAnswer());
        string small = Write("small.txt", ["d999999.example", "other.example"]);
        await Put(lists, [small, big]);
        Assert.Equal([(2, 0), (DomainCount - 1, 1)], lists.Models.Select(static model => (model.Domains, model.Duplicates)));
        Assert.Equal(1, await shard.NextAnswer());
        await Put(lists, []);
        Assert.Empty(lists.Models);
        Assert.Equal(0, await shard.NextAnswer());
        Assert.Null(lists.Table);
        Assert.True(shard.Lookups > 0);
    }

    [Fact]
    public async Task Begin_ListThatCannotBeRead_LeavesTheEarlierOnesWhole()
    {
        string good = Write("good.txt", ["a.example"]);
        using var lists = new DomainLists([good], seed: 1, _notes, Count);
        DomainTable? before = lists.Table;
        string nowhere = Path.Combine(_directory, "nowhere.txt");
        string garbage = Write("garbage.txt", ["# a list", "!!!", "???"]);
        using (DomainLists.Change change = await lists.Begin([good, nowhere]))
            Assert.Contains(nowhere, change.Error, StringComparison.Ordinal);
        using (DomainLists.Change change = await lists.Begin([garbage, good]))
            Assert.StartsWith($"{garbage}:2: '!!!' is no domain", change.Error, StringComparison.Ordinal);
        Assert.Equal((0, before), (_applied, lists.Table));
        Assert.Equal(good, Assert.Single(lists.Models).File);
        Assert.Equal(1, before!.Find("x.a.example"u8));
    }

    [Fact]
    public async Task Begin_ThatIsNotPutInForce_ChangesNothingAndLetsTheNextOneBegin()
    {
        string first = Write("first.txt", ["a.example"]);
        using var lists = new DomainLists([first], seed: 1, _notes, Count);
        (await lists.Begin([])).Dispose();
        Assert.NotNull(lists.Table);
        await Put(lists, []);
        Assert.Equal(1, _applied);
        Assert.Null(lists.Table);
    }

    [Fact]
    public async Task IsStale_FileThatChanged_UntilItIsReadOrRefused()
    {
        string file = Write("list.txt", ["a.example"]);
        using var lists = new DomainLists([file], seed: 1, _notes, Count);
        Assert.False(lists.IsStale);
        Write("list.txt", ["a.example", "b.example", "n o", "no_$"]);
        Assert.True(lists.IsStale);
        await Put(lists, files: null);
        Assert.False(lists.IsStale);
        Assert.Equal(new Natflow.Management.Control.DomainListModel(file, Domains: 2, Duplicates: 0, Refused: 2), Assert.Single(lists.Models));
        File.Delete(file);
        Assert.True(lists.IsStale);
        using (DomainLists.Change change = await lists.Begin(files: null))
            Assert.NotNull(change.Error);
        Assert.False(lists.IsStale); // The same mistake is told once.
        Assert.Equal(1, lists.Table!.Find("b.example"u8));
    }

    [Fact]
    public async Task PutInForce_ShardThatDoesNotAnswer_KeepsTheEarlierOnes()
    {
        string file = Write("list.txt", ["a.example"]);
        using var lists = new DomainLists([file], seed: 1, _notes, static _ => throw new TimeoutException());
        using (DomainLists.Change change = await lists.Begin([]))
            await Assert.ThrowsAsync<TimeoutException>(change.PutInForce);
        Assert.Equal(1, lists.Table!.Find("a.example"u8));
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static async Task Put(DomainLists lists, IReadOnlyList<string>? files)
    {
        using DomainLists.Change change = await lists.Begin(files);
        Assert.Null(change.Error);
        await change.PutInForce();
    }

    private Task Count(DomainListsRequest request)
    {
        _applied++;
        return Task.CompletedTask;
    }

    private string Write(string name, IEnumerable<string> lines)
    {
        string path = Path.Combine(_directory, name);
        File.WriteAllLines(path, lines);
        return path;
    }

    /// <summary>A shard's thread: looks a name up again and again, and takes other lists between two lookups.</summary>
    private sealed class Shard : IDisposable
    {
        private readonly ConcurrentQueue<(DomainListsRequest Request, TaskCompletionSource Done)> _requests = new();
        private readonly ConcurrentQueue<TaskCompletionSource<int>> _questions = new();
        private readonly byte[] _name;
        private readonly Thread _thread;
        private volatile bool _isOver;
        private DomainTable? _lists;

        internal Shard(byte[] name)
        {
            _name = name;
            _thread = new Thread(Run) { IsBackground = true, Name = string.Create(CultureInfo.InvariantCulture, $"lookups of {Encoding.ASCII.GetString(name)}") };
            _thread.Start();
        }

        internal long Lookups { get; private set; }

        internal Task Apply(DomainListsRequest request)
        {
            var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _requests.Enqueue((request, done));
            return done.Task;
        }

        internal Task<int> NextAnswer()
        {
            var answer = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
            _questions.Enqueue(answer);
            return answer.Task;
        }

        public void Dispose()
        {
            _isOver = true;
            _thread.Join();
        }

        private void Run()
        {
            while (!_isOver)
            {
                if (_requests.TryDequeue(out (DomainListsRequest Request, TaskCompletionSource Done) change))
                {
                    _lists = change.Request.Lists;
                    change.Done.SetResult();
                }

                int found = _lists?.Find(_name) ?? 0;
                Lookups++;
                if (_questions.TryDequeue(out TaskCompletionSource<int>? answer))
                    answer.SetResult(found);
            }
        }
    }
}
