using System.Collections.Immutable;
using Natflow.Actors;
using Natflow.Gateway.Users;
using Natflow.Host.Settings;
using Natflow.Policy.Sets;

namespace Natflow.Host.Live;

/// <summary>
/// Reads named sets: those of the configuration, what operators write, and the kernel's sets that rules name. Looks once a second whether a file or the kernel's sets have
/// changed, and reads all anew then. A file with a mistake leaves everything as it is.
/// </summary>
internal sealed class SetSourcesActor : ReceiveActor, IWithTimers
{
    private const int KernelRestFactor = 20; // A look at large sets in the kernel takes time: at most a twentieth of a core's.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly IActorRef _policy;
    private readonly WrittenSets _written;
    private readonly TimeProvider _clock;
    private IReadOnlyList<SetSettings> _sources;
    private IReadOnlyList<DateTime> _seen;
    private KernelSets _kernel;
    private SetCatalog _sets;
    private IReadOnlyCollection<string> _wanted = [];
    private long _lookedAt;
    private TimeSpan _rest;

    internal SetSourcesActor(IReadOnlyList<SetSettings> sources, WrittenSets written, SetCatalog sets, IActorRef policy, TimeProvider clock)
    {
        _policy = policy;
        _written = written;
        _clock = clock;
        _sources = sources;
        _sets = sets;
        _seen = SetSource.TimesOf(All);
        _kernel = KernelSets.None;
        Receive<SetSourcesChanged>(OnSources);
        Receive<SetsWanted>(OnWanted);
        Receive<SetWriteRequest>(OnWrite);
        Receive<SetListRequest>(_ => Sender.Tell(new SetList([.. _sets.All.Select(ViewOf).OrderBy(static view => view.Name, StringComparer.Ordinal)])));
        Receive<Look>(_ => OnLook());
    }

    /// <inheritdoc />
    public ITimerScheduler Timers { get; set; } = null!;

    private IReadOnlyList<SetSettings> All => [.. _sources, .. _written.Sources()];

    private bool NeedsKernel => _wanted.Count != 0 || _sources.Any(static source => source.IsKernel);

    /// <inheritdoc />
    protected override void PreStart()
    {
        _policy.Tell(new SetsOwner(Self), Self);
        Timers.StartPeriodicTimer(nameof(Look), Look.Instance, Interval);
    }

    private void OnSources(SetSourcesChanged changed)
    {
        _sources = changed.Sources;
        _sets = changed.Sets;
        _seen = SetSource.TimesOf(All);
        if (NeedsKernel && ReadKernel())
            ReadAll("the configuration");
    }

    private void OnWanted(SetsWanted wanted)
    {
        _wanted = wanted.Names;
        if (ReadKernel() || _wanted.Any(name => _sets.Find(name) is null && _kernel.Has(name)))
            ReadAll("rules");
    }

    private void OnLook()
    {
        IReadOnlyList<DateTime> now = SetSource.TimesOf(All);
        bool haveFilesChanged = !now.SequenceEqual(_seen);
        _seen = now;
        bool hasKernelChanged = NeedsKernel && _clock.GetElapsedTime(_lookedAt) >= _rest && ReadKernel();
        if (haveFilesChanged || hasKernelChanged)
            ReadAll(haveFilesChanged ? "a file" : "the kernel");
    }

    private void OnWrite(SetWriteRequest request)
    {
        SetAnswer answer = _written.Write(request);
        if (answer.Errors.Count == 0 && answer.IsKnown)
        {
            _seen = SetSource.TimesOf(All);
            ReadAll("an operator");
        }

        Sender.Tell(answer);
    }

    private bool ReadKernel()
    {
        KernelSets before = _kernel;
        _lookedAt = _clock.GetTimestamp();
        _kernel = NeedsKernel ? KernelSets.Read() : KernelSets.None;
        _rest = _clock.GetElapsedTime(_lookedAt) * KernelRestFactor;
        return !_kernel.IsSame(before);
    }

    private void ReadAll(string cause)
    {
        if (SetSource.TryRead(All, _wanted, _kernel, out SetCatalog sets, out IReadOnlyList<string> errors))
        {
            _sets = sets;
            _policy.Tell(new SetsChanged(sets), Self);
            Context.System.Log.Info("sets read again for {0}: there are {1}", cause, sets.Count);
            return;
        }

        foreach (string error in errors)
            Context.System.Log.Error("a changed set is not taken over: {0}", error);
    }

    private SetView ViewOf(NamedSet set)
    {
        var sources = ImmutableArray.CreateBuilder<string>();
        foreach (SetSettings source in _sources.Where(source => source.Name == set.Name))
        {
            if (source.Entries.Count != 0)
                sources.Add("configuration");
            if (source.File.Length != 0)
                sources.Add(source.File);
        }

        if (_written.Has(set.Name))
            sources.Add("written");
        if (_kernel.Has(set.Name))
            sources.Add("kernel");
        return new SetView(set.Name, set.RangeCount, set.MacCount, sources.ToImmutable());
    }

    private sealed record Look
    {
        internal static readonly Look Instance = new();
    }
}

/// <summary>The configuration names other sources of sets. No answer.</summary>
/// <param name="Sources">The sources.</param>
/// <param name="Sets">What was read of them.</param>
internal sealed record SetSourcesChanged(IReadOnlyList<SetSettings> Sources, SetCatalog Sets);
