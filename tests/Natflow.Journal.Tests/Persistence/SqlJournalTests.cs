using Natflow.Actors;
using Natflow.Actors.Persistence;
using Natflow.Journal.Events;
using Natflow.Journal.Persistence;
using Natflow.Journal.Tests.Stores;
using Natflow.Journal.Writing;
using Natflow.Testing.Actors;

namespace Natflow.Journal.Tests.Persistence;

public sealed class SqlJournalTests : TestKit
{
    private readonly TestJournalPlace _place = new("sqlite");
    private readonly JournalWriter _writer;

    public SqlJournalTests()
    {
        _writer = new JournalWriter(
            _place.Location.Open, EventCatalogue.Default, new JournalWriterSettings { SpillPath = Path.Combine(_place.Directory, "spill") }, TimeProvider.System, static _ => { });
        System.Persistence.Start(
            Props.Create(() => new SqlJournal(_writer, _place.Location, EventCatalogue.Default)), Props.Create(() => new SqlSnapshotStore(_writer, _place.Location, new TextCodec())));
    }

    [Fact]
    public void Recovery_AfterRestart_StateIsTheFoldOfTheStoredEvents()
    {
        IActorRef first = Watch(ActorOf(Props.Create(() => new Seen())));
        foreach (string user in new[] { "10.0.0.1", "10.0.0.2", "10.0.0.3" })
            first.Tell(user);
        Assert.Equal(["10.0.0.1", "10.0.0.2", "10.0.0.3"], ReceiveN(3));
        first.Tell("save");
        ExpectMsg("saved 3");
        first.Tell("10.0.0.4");
        ExpectMsg("10.0.0.4");
        System.Stop(first);
        ExpectTerminated(first);
        IActorRef second = ActorOf(Props.Create(() => new Seen()));
        second.Tell("state");
        ExpectMsg("10.0.0.1 10.0.0.2 10.0.0.3 10.0.0.4");
    }

    [Fact]
    public void J2_EventOutsideTheCatalogue_IsRejectedAndTheActorContinues()
    {
        IActorRef actor = ActorOf(Props.Create(() => new Seen()));
        actor.Tell("unknown");
        ExpectMsg("rejected");
        actor.Tell("10.0.0.1");
        ExpectMsg("10.0.0.1");
    }

    protected override void Dispose(bool isDisposing)
    {
        base.Dispose(isDisposing);
        _writer.Dispose();
        _place.Dispose();
    }

    private sealed class Seen : ReceivePersistentActor
    {
        private List<string> _users = [];
        private IActorRef _asker = ActorRefs.Nobody;

        internal Seen()
        {
            Command<string>(static text => text == "state", _ => Sender.Tell(string.Join(' ', _users)));
            Command<string>(static text => text == "unknown", _ => Remember(() => Persist("no event", static _ => { })));
            Command<string>(static text => text == "save", _ => Remember(() => SaveSnapshot(string.Join(' ', _users))));
            Command<string>(text => Persist(new UserSeen(text, 0), Apply));
            Command<SaveSnapshotSuccess>(saved => _asker.Tell($"saved {saved.Metadata.SequenceNr}"));
            Recover<SnapshotOffer>(offer => _users = [.. ((string)offer.Snapshot).Split(' ')]);
            Recover<UserSeen>(seen => _users.Add(seen.User));
        }

        public override string PersistenceId => "seen";

        protected override void OnPersistRejected(Exception cause, object persisted, long sequenceNr) => _asker.Tell("rejected");

        private void Remember(Action action)
        {
            _asker = Sender;
            action();
        }

        private void Apply(UserSeen seen)
        {
            _users.Add(seen.User);
            Sender.Tell(seen.User);
        }
    }

    private sealed class TextCodec : ISnapshotCodec
    {
        public (string Manifest, byte[] Content) Encode(object state) => ("text:1", global::System.Text.Encoding.UTF8.GetBytes((string)state));

        public object Decode(string manifest, byte[] content) => global::System.Text.Encoding.UTF8.GetString(content);
    }
}
