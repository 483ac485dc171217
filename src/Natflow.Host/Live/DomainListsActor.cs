using Natflow.Actors;
using Natflow.Gateway.Inspection;
using Natflow.Inspect.Domains;

namespace Natflow.Host.Live;

/// <summary>
/// Looks once a second whether a list of domains has changed; all are read anew then, aside from this actor's thread, and put in force at once. A list that cannot be
/// read leaves the earlier ones in force.
/// </summary>
internal sealed class DomainListsActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly IReadOnlyList<string> _files;
    private readonly ulong _seed;
    private readonly Func<DomainListsRequest, Task> _apply;
    private readonly Action<DomainTable?> _keep;
    private IReadOnlyList<(DateTime Written, long Bytes)> _seen;
    private bool _isReading;

    /// <summary>Makes the actor.</summary>
    /// <param name="files">The lists, read once before.</param>
    /// <param name="seed">Of their tables.</param>
    /// <param name="apply">Puts lists in force; ends when the earlier ones are read no more.</param>
    /// <param name="keep">Owns what is in force, and gives the earlier ones back.</param>
    internal DomainListsActor(IReadOnlyList<string> files, ulong seed, Func<DomainListsRequest, Task> apply, Action<DomainTable?> keep)
    {
        _files = files;
        _seed = seed;
        _apply = apply;
        _keep = keep;
        _seen = DomainListSource.StampsOf(files);
        Receive<Look>(_ => OnLook());
        Receive<Finished>(OnFinished);
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Look), Look.Instance, Interval);

    private void OnLook()
    {
        if (_isReading)
            return;
        IReadOnlyList<(DateTime Written, long Bytes)> now = DomainListSource.StampsOf(_files);
        if (now.SequenceEqual(_seen))
            return;
        _seen = now;
        _isReading = true;
        IActorRef self = Self;
        _ = Task.Run(async () => self.Tell(await Read(), self));
    }

    private void OnFinished(Finished finished)
    {
        _isReading = false;
        foreach (string note in finished.Notes)
            Context.System.Log.Info("{0}", note);
        if (finished.Error is { } error)
            Context.System.Log.Error("changed lists are not taken over: {0}", error);
        else
            Context.System.Log.Info("lists of domains read again: a file has changed");
    }

    private async Task<Finished> Read()
    {
        var notes = new List<string>();
        DomainTable? lists = null;
        try
        {
            lists = DomainListSource.Read(_files, _seed, notes);
            await _apply(new DomainListsRequest(lists));
            _keep(lists);
            return new Finished(notes, null);
        }
#pragma warning disable CA1031 // Whatever it was, the actor must hear of it, or nothing is read ever again.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return new Finished(notes, error.Message); // A table that some shards may have taken is left to the collector of the process.
        }
    }

    private sealed record Look
    {
        internal static readonly Look Instance = new();
    }

    private sealed record Finished(IReadOnlyList<string> Notes, string? Error);
}
