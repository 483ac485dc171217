using Natflow.Actors.Persistence;

namespace Natflow.Actors.Tests.Persistence;

/// <summary>A persistent actor whose commands are what it is to do; its state is the list of its events.</summary>
internal sealed class Ledger : ReceivePersistentActor, IWithStash
{
    private readonly LedgerPlan _plan;
    private List<string> _state = [];

    internal Ledger(LedgerPlan plan)
    {
        _plan = plan;
        Command<Action<Ledger>>(action => action(this));
        Command<string>(text => text == "state", _ => Sender.Tell(string.Join(' ', _state)));
        Command<string>(text => text == "number", _ => Sender.Tell(LastSequenceNr));
        Command<string>(text => Persist(text, Store));
        CommandAny(message => plan.Observer.Tell(message));
        Recover<SnapshotOffer>(offer => _state = [.. ((string)offer.Snapshot).Split(' ')]);
        Recover<string>(OnRecover);
        Recover<RecoveryCompleted>(_ => plan.OnRecovered(this));
    }

    public override string PersistenceId => _plan.Id;

    public IStash Stash { get; set; } = null!;

    internal static IActorContext Cells => Context;

    internal IActorRef CurrentSender => Sender;

    internal string State => string.Join(' ', _state);

    protected override Recovery Recovery => _plan.Recovery;

    protected override StashOverflow InternalStashOverflow => _plan.Overflow;

    protected override void OnPersistFailure(Exception cause, object persisted, long sequenceNr) => _plan.Observer.Tell($"failed {persisted} {sequenceNr}");

    protected override void OnPersistRejected(Exception cause, object persisted, long sequenceNr) => _plan.Observer.Tell($"rejected {persisted} {sequenceNr}");

    protected override void OnRecoveryFailure(Exception cause, object? message) => _plan.Observer.Tell($"not recovered: {cause.GetType().Name} {message}");

    internal void Store(string text)
    {
        _state.Add(text);
        Sender.Tell($"stored {text}");
    }

    internal void Write(string text, Action<string>? handler = null) => Persist(text, handler ?? Store);

    internal void WriteAll(params string[] texts) => PersistAll(texts, Store);

    internal void WriteAsync(string text) => PersistAsync(text, Store);

    internal void Later(string text) => DeferAsync(text, deferred => Sender.Tell($"deferred {deferred}"));

    internal void Keep() => SaveSnapshot(State);

    internal void Observe() => Become(() => CommandAny(message => _plan.Observer.Tell(message)));

    internal void Forget(long toSequenceNr) => DeleteMessages(toSequenceNr);

    private void OnRecover(string text)
    {
        if (text == "poison")
            throw new InvalidOperationException("poison");
        _state.Add(text);
    }
}

/// <summary>How a ledger is to be.</summary>
internal sealed record LedgerPlan(IActorRef Observer)
{
    internal string Id { get; init; } = "ledger-1";

    internal Recovery Recovery { get; init; } = Recovery.Default;

    internal StashOverflow Overflow { get; init; }

    internal Action<Ledger> OnRecovered { get; init; } = static _ => { };
}
