using Natflow.Actors;
using Natflow.Actors.Cells;
using Natflow.Actors.Dispatch;

namespace Natflow.Testing.Actors;

/// <summary>
/// Base of tests of actors: a system of its own on virtual time, and a probe that is the implicit sender of the test's thread.
/// </summary>
/// <remarks>
/// Expectations that succeed wait for nothing but the message; <see cref="ExpectNoMsg()"/> and <see cref="Advance"/> wait until no
/// actor has anything to do. So no test sleeps. After an <c>await</c> the thread may be another: pass the sender there.
/// </remarks>
public abstract class TestKit : IDisposable
{
    /// <summary>Real time after which an expectation has failed. Never reached by a test that passes.</summary>
    internal static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan HangWait = TimeSpan.FromSeconds(20);

    private readonly TrackingDispatcher _dispatcher = new(Dispatchers.DefaultDispatcherId);
    private int _probeCount;

    /// <summary>Makes the system.</summary>
    /// <param name="settings">Time and the shared dispatchers are replaced; null is the default.</param>
    protected TestKit(ActorSystemSettings? settings = null)
    {
        System = ActorSystem.Create("test", ForTest(settings ?? new ActorSystemSettings()));
        Probe = CreateTestProbe("testActor");
        ActorCell.Current = ((LocalActorRef)TestActor).Cell;
    }

    /// <summary>The system under test.</summary>
    public ActorSystem System { get; }

    /// <summary>The clock of the system.</summary>
    public TestTime Time { get; } = new();

    /// <summary>The test as an actor.</summary>
    public IActorRef TestActor => Probe.Ref;

    /// <summary>Sender of the message that an expectation returned last.</summary>
    public IActorRef LastSender => Probe.LastSender;

    /// <summary>Expectations about log events and dead letters.</summary>
    public EventFilterFactory EventFilter => new(this);

    private TestProbe Probe { get; }

    /// <summary>Another actor to play with.</summary>
    /// <param name="name">Null generates one.</param>
    public TestProbe CreateTestProbe(string? name = null) => new(this, name ?? $"$probe-{Interlocked.Increment(ref _probeCount)}");

    /// <summary>An actor under <c>/user</c>.</summary>
    public IActorRef ActorOf(Props props, string? name = null) => System.ActorOf(props, name);

    /// <summary>The test's probe gets <see cref="Terminated"/> when the subject has gone.</summary>
    public IActorRef Watch(IActorRef subject) => Probe.Watch(subject);

    /// <summary>Undoes <see cref="Watch"/>.</summary>
    public void Unwatch(IActorRef subject) => Probe.Unwatch(subject);

    /// <inheritdoc cref="TestProbe.ExpectMsg{T}(TimeSpan?)" />
    public T ExpectMsg<T>(TimeSpan? max = null) => Probe.ExpectMsg<T>(max);

    /// <inheritdoc cref="TestProbe.ExpectMsg{T}(T)" />
    public T ExpectMsg<T>(T expected) => Probe.ExpectMsg(expected);

    /// <inheritdoc cref="TestProbe.ExpectMsg{T}(Predicate{T})" />
    public T ExpectMsg<T>(Predicate<T> isExpected) => Probe.ExpectMsg(isExpected);

    /// <inheritdoc cref="TestProbe.ExpectMsgFrom{T}" />
    public T ExpectMsgFrom<T>(IActorRef sender) => Probe.ExpectMsgFrom<T>(sender);

    /// <inheritdoc cref="TestProbe.ExpectMsgAllOf" />
    public void ExpectMsgAllOf(params object[] expected) => Probe.ExpectMsgAllOf(expected);

    /// <inheritdoc cref="TestProbe.ExpectNoMsg()" />
    public void ExpectNoMsg() => Probe.ExpectNoMsg();

    /// <inheritdoc cref="TestProbe.ExpectNoMsg(TimeSpan)" />
    public void ExpectNoMsg(TimeSpan duration) => Probe.ExpectNoMsg(duration);

    /// <inheritdoc cref="TestProbe.ExpectTerminated" />
    public Terminated ExpectTerminated(IActorRef subject) => Probe.ExpectTerminated(subject);

    /// <inheritdoc cref="TestProbe.FishForMessage" />
    public T FishForMessage<T>(Predicate<T>? isFish = null) => Probe.FishForMessage(isFish);

    /// <inheritdoc cref="TestProbe.ReceiveN" />
    public IReadOnlyList<object> ReceiveN(int count) => Probe.ReceiveN(count);

    /// <summary>Blocks until no actor has anything to do. Actors on threads of their own, and tasks, are not seen.</summary>
    public void Settle() => _dispatcher.WaitUntilIdle(HangWait);

    /// <summary>Moves virtual time on; after each timer the actors finish what they do at that time.</summary>
    /// <param name="duration">How far; 0 or more.</param>
    public void Advance(TimeSpan duration) => Time.Advance(duration, Settle);

    /// <summary>Waits until an assertion holds that depends on something outside of the actors.</summary>
    /// <param name="assertion">Throws while it does not hold.</param>
    public void AwaitAssert(Action assertion)
    {
        Settle();
        long start = TimeProvider.System.GetTimestamp();
        while (!Holds(assertion, mustHold: TimeProvider.System.GetElapsedTime(start) > DefaultWait))
            Thread.Yield();
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(isDisposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Ends the system, without the phases of the shutdown.</summary>
    /// <param name="isDisposing">Always true.</param>
    protected virtual void Dispose(bool isDisposing)
    {
        ActorCell.Current = null;
        System.FinalTerminate().WaitAsync(HangWait).GetAwaiter().GetResult();
    }

    private static bool Holds(Action assertion, bool mustHold)
    {
        try
        {
            assertion();
            return true;
        }
        catch (Xunit.Sdk.XunitException) when (!mustHold)
        {
            return false;
        }
    }

    private ActorSystemSettings ForTest(ActorSystemSettings settings)
    {
        var dispatchers = new Dictionary<string, Func<MessageDispatcher>>(settings.Dispatchers, StringComparer.Ordinal)
        {
            [Dispatchers.DefaultDispatcherId] = () => _dispatcher,
            [Dispatchers.BlockingIoDispatcherId] = () => _dispatcher,
            [CallingThreadDispatcher.DispatcherId] = () => new CallingThreadDispatcher(),
        };
        return settings with
        {
            TimeProvider = Time,
            Dispatchers = dispatchers,
            CoordinatedShutdown = settings.CoordinatedShutdown with { RunByProcessExit = false },
        };
    }
}
