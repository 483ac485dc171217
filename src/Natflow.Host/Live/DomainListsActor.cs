using Natflow.Actors;

namespace Natflow.Host.Live;

/// <summary>
/// Looks once a second whether a list of domains has changed; all are read anew then, aside from this actor's thread, and put in force at once. A list that cannot be
/// read leaves the earlier ones in force.
/// </summary>
internal sealed class DomainListsActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly DomainLists _lists;
    private bool _isReading;

    /// <summary>Makes the actor.</summary>
    /// <param name="lists">What is in force.</param>
    internal DomainListsActor(DomainLists lists)
    {
        _lists = lists;
        Receive<Look>(_ => OnLook());
        Receive<Finished>(OnFinished);
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Look), Look.Instance, Interval);

    private void OnLook()
    {
        if (_isReading || !_lists.IsStale)
            return;
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
        try
        {
            using DomainLists.Change change = await _lists.Begin(files: null);
            if (change.Error is null)
                await change.PutInForce();
            return new Finished(change.Notes, change.Error);
        }
#pragma warning disable CA1031 // Whatever it was, the actor must hear of it, or nothing is read ever again.
        catch (Exception error)
#pragma warning restore CA1031
        {
            return new Finished([], error.Message);
        }
    }

    private sealed record Look
    {
        internal static readonly Look Instance = new();
    }

    private sealed record Finished(IReadOnlyList<string> Notes, string? Error);
}
