using Natflow.Management.Api.Lists;
using Natflow.Testing;

namespace Natflow.Management.Tests.Api;

/// <summary>Lists by question: shared, renewed, and answered from what was seen before while a large table is looked at.</summary>
public sealed class ListCacheTests
{
    private readonly TestTime _time = new();
    private readonly List<TaskCompletionSource<string>> _looks = [];

    [Fact]
    public async Task Get_SameQuestionWithinASecond_IsOneLook()
    {
        using var cache = new ListCache(_time);
        Task<(string List, long AgeMs)?> first = Ask(cache);
        Task<(string List, long AgeMs)?> second = Ask(cache);
        _looks[0].SetResult("a");
        _time.Advance(TimeSpan.FromMilliseconds(900));

        Assert.Equal(("a", "a", 900L), ((await first)!.Value.List, (await second)!.Value.List, (await Ask(cache))!.Value.AgeMs));
        Assert.Single(_looks);
    }

    [Fact]
    public async Task Get_WhileAnotherLookIsUnderWay_GivesWhatWasSeenBefore()
    {
        using var cache = new ListCache(_time);
        await Fill(cache, "a");
        _time.Advance(TimeSpan.FromSeconds(1));

        Task<(string List, long AgeMs)?> patient = Ask(cache);
        Assert.False(patient.IsCompleted); // A small table is looked at in less than that.
        _time.Advance(TimeSpan.FromMilliseconds(20));

        Assert.Equal(("a", 1020L), (await patient)!.Value);
        Assert.Equal("a", (await Ask(cache))!.Value.List);
        Assert.Equal(2, _looks.Count);
        _looks[1].SetResult("b");
        Assert.Equal("b", (await Ask(cache))!.Value.List);
    }

    [Fact]
    public async Task Get_OfALookThatIsQuick_GivesTheNewOne()
    {
        using var cache = new ListCache(_time);
        await Fill(cache, "a");
        _time.Advance(TimeSpan.FromSeconds(1));

        Task<(string List, long AgeMs)?> asked = Ask(cache);
        _looks[1].SetResult("b");

        Assert.Equal("b", (await asked)!.Value.List);
    }

    [Fact]
    public async Task Get_OfWhatIsTooOld_Waits()
    {
        using var cache = new ListCache(_time);
        await Fill(cache, "a");
        _time.Advance(TimeSpan.FromSeconds(10));

        Task<(string List, long AgeMs)?> asked = Ask(cache);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(asked.IsCompleted);
        _looks[1].SetResult("b");

        Assert.Equal("b", (await asked)!.Value.List);
    }

    [Fact]
    public async Task Get_OfALookThatTakesLong_LooksAFifthOfTheTime()
    {
        using var cache = new ListCache(_time);
        Task<(string List, long AgeMs)?> first = Ask(cache);
        _time.Advance(TimeSpan.FromMilliseconds(500));
        _looks[0].SetResult("a");
        await first;
        _time.Advance(TimeSpan.FromMilliseconds(1999));
        await Ask(cache);
        Assert.Single(_looks);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        _ = Ask(cache);

        Assert.Equal(2, _looks.Count);
    }

    [Fact]
    public async Task Get_AfterALookThatFailed_LooksAgain()
    {
        using var cache = new ListCache(_time);
        Task<(string List, long AgeMs)?> failed = Ask(cache);
        _looks[0].SetException(new IOException("no answer"));
        await Assert.ThrowsAsync<IOException>(() => failed);

        Assert.Equal("b", await Fill(cache, "b"));
    }

    [Fact]
    public void Get_OfManyQuestionsAtOnce_RefusesSome()
    {
        using var cache = new ListCache(_time);
        Task<(string List, long AgeMs)?>[] asked = [.. Enumerable.Range(0, 40).Select(question => Ask(cache, $"{question}"))];

        Assert.Equal(6, asked.Count(static one => one.IsCompletedSuccessfully && one.GetAwaiter().GetResult() is null)); // Two are looked at, and 32 wait.
        Assert.Equal(2, _looks.Count);
    }

    private async Task<string> Fill(ListCache cache, string list)
    {
        Task<(string List, long AgeMs)?> asked = Ask(cache);
        _looks[^1].SetResult(list);
        return (await asked)!.Value.List;
    }

    private Task<(string List, long AgeMs)?> Ask(ListCache cache, string question = "users") => cache.Get(question, () =>
    {
        var look = new TaskCompletionSource<string>();
        _looks.Add(look);
        return look.Task;
    });
}
