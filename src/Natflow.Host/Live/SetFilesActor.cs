using Natflow.Actors;
using Natflow.Gateway.Users;
using Natflow.Host.Settings;
using Natflow.Policy.Sets;

namespace Natflow.Host.Live;

/// <summary>Looks once a second whether a file that a set comes from has changed, and reads all sets anew then. A file with a mistake leaves everything as it is.</summary>
internal sealed class SetFilesActor : ReceiveActor, IWithTimers
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly IActorRef _policy;
    private IReadOnlyList<SetSettings> _sources;
    private IReadOnlyList<DateTime> _seen;

    internal SetFilesActor(IReadOnlyList<SetSettings> sources, IActorRef policy)
    {
        _policy = policy;
        _sources = sources;
        _seen = SetSource.TimesOf(sources);
        Receive<SetSourcesChanged>(OnSources);
        Receive<Look>(_ => OnLook());
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    /// <inheritdoc />
    protected override void PreStart() => Timers.StartPeriodicTimer(nameof(Look), Look.Instance, Interval);

    private void OnSources(SetSourcesChanged changed)
    {
        _sources = changed.Sources;
        _seen = SetSource.TimesOf(_sources);
    }

    private void OnLook()
    {
        IReadOnlyList<DateTime> now = SetSource.TimesOf(_sources);
        if (now.SequenceEqual(_seen))
            return;
        _seen = now;
        if (SetSource.TryRead(_sources, out SetCatalog sets, out IReadOnlyList<string> errors))
        {
            _policy.Tell(new SetsChanged(sets), Self);
            Context.System.Log.Info("sets read again: a file has changed");
            return;
        }

        foreach (string error in errors)
            Context.System.Log.Error("a changed set is not taken over: {0}", error);
    }

    private sealed record Look
    {
        internal static readonly Look Instance = new();
    }
}

/// <summary>The configuration names other sources of sets. No answer.</summary>
/// <param name="Sources">The sources.</param>
internal sealed record SetSourcesChanged(IReadOnlyList<SetSettings> Sources);
