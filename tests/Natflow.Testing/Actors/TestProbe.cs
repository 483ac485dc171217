using Natflow.Actors;
using Natflow.Actors.Cells;
using Xunit.Sdk;

namespace Natflow.Testing.Actors;

/// <summary>An actor that keeps what it gets for the test to look at. Its own messages are handled on the thread that sends them.</summary>
public sealed class TestProbe
{
    private readonly TestKit _kit;
    private readonly object _monitor = new();
    private readonly Queue<Received> _queue = new();
    private Action<IActorRef, object>? _autoPilot;

    internal TestProbe(TestKit kit, string name)
    {
        _kit = kit;
        Ref = kit.System.SystemActorOf(Props.Create(() => new ProbeActor(this)).WithDispatcher(CallingThreadDispatcher.DispatcherId), name);
    }

    /// <summary>The probe as an actor.</summary>
    public IActorRef Ref { get; }

    /// <summary>Sender of the message that an expectation returned last.</summary>
    public IActorRef LastSender { get; private set; } = ActorRefs.Nobody;

    /// <summary>Messages not looked at yet.</summary>
    public int Count
    {
        get
        {
            lock (_monitor)
                return _queue.Count;
        }
    }

    /// <summary>Sends with the probe as sender.</summary>
    public void Send(IActorRef to, object message) => to.Tell(message, Ref);

    /// <summary>Answers the sender of the last message.</summary>
    public void Reply(object message) => LastSender.Tell(message, Ref);

    /// <summary>Called for each message with its sender, beside keeping it; for a probe that plays a part. Null ends it.</summary>
    public void SetAutoPilot(Action<IActorRef, object>? autoPilot) => Volatile.Write(ref _autoPilot, autoPilot);

    /// <summary>The probe gets <see cref="Terminated"/> when the subject has gone.</summary>
    public IActorRef Watch(IActorRef subject)
    {
        Ref.Tell(new InContext(context => context.Watch(subject)), ActorRefs.NoSender);
        return subject;
    }

    /// <summary>Undoes <see cref="Watch"/>.</summary>
    public void Unwatch(IActorRef subject) => Ref.Tell(new InContext(context => context.Unwatch(subject)), ActorRefs.NoSender);

    /// <summary>An actor whose parent is the probe.</summary>
    public IActorRef ChildActorOf(Props props, string? name = null) => ((LocalActorRef)Ref).Cell.ActorOf(props, name);

    /// <summary>The next message, which has to be of this type.</summary>
    /// <param name="max">Real time to wait; null is three seconds.</param>
    public T ExpectMsg<T>(TimeSpan? max = null)
    {
        Received received = Next(max, typeof(T).Name);
        if (received.Message is not T message) throw new XunitException($"expected {typeof(T).Name}, got {received.Message}");
        return message;
    }

    /// <summary>The next message, which has to be equal to this one.</summary>
    public T ExpectMsg<T>(T expected)
    {
        T message = ExpectMsg<T>(max: null);
        Assert.Equal(expected, message);
        return message;
    }

    /// <summary>The next message, which has to be of this type and to fit.</summary>
    public T ExpectMsg<T>(Predicate<T> isExpected)
    {
        T message = ExpectMsg<T>(max: null);
        Assert.True(isExpected(message), $"unexpected {message}");
        return message;
    }

    /// <summary>The next message, which has to come from this sender.</summary>
    public T ExpectMsgFrom<T>(IActorRef sender)
    {
        T message = ExpectMsg<T>(max: null);
        Assert.Equal(sender, LastSender);
        return message;
    }

    /// <summary>The next messages are these, in any order.</summary>
    public void ExpectMsgAllOf(params object[] expected)
    {
        var missing = new List<object>(expected);
        foreach (object message in ReceiveN(expected.Length))
            Assert.True(missing.Remove(message), $"unexpected {message}");
    }

    /// <summary>Nothing waits, and nothing comes from what the actors are still doing.</summary>
    public void ExpectNoMsg() => ExpectNoMsg(TimeSpan.Zero);

    /// <summary>Nothing waits, and nothing comes while virtual time moves on.</summary>
    /// <param name="duration">How far.</param>
    public void ExpectNoMsg(TimeSpan duration)
    {
        _kit.Advance(duration);
        lock (_monitor)
            Assert.True(_queue.Count == 0, $"unexpected {(_queue.TryPeek(out Received first) ? first.Message : null)}");
    }

    /// <summary>The next message is the end of a watched actor.</summary>
    public Terminated ExpectTerminated(IActorRef subject) => ExpectMsg<Terminated>(terminated => terminated.ActorRef.Equals(subject));

    /// <summary>The next message that fits; others before it are dropped.</summary>
    public T FishForMessage<T>(Predicate<T>? isFish = null)
    {
        while (true)
        {
            if (Next(max: null, typeof(T).Name).Message is T message && isFish?.Invoke(message) != false) return message;
        }
    }

    /// <summary>The next messages.</summary>
    public IReadOnlyList<object> ReceiveN(int count)
    {
        object[] messages = new object[count];
        for (int i = 0; i < count; i++)
            messages[i] = Next(max: null, $"message {i + 1} of {count}").Message;
        return messages;
    }

    private Received Next(TimeSpan? max, string expected)
    {
        TimeSpan deadline = max ?? TestKit.DefaultWait;
        long start = TimeProvider.System.GetTimestamp();
        lock (_monitor)
        {
            while (_queue.Count == 0)
            {
                TimeSpan rest = deadline - TimeProvider.System.GetElapsedTime(start);
                if (rest <= TimeSpan.Zero || !Monitor.Wait(_monitor, rest))
                    throw new XunitException($"expected {expected}, got nothing within {deadline}");
            }

            Received received = _queue.Dequeue();
            LastSender = received.Sender;
            return received;
        }
    }

    private void OnReceived(object message, IActorRef sender)
    {
        lock (_monitor)
        {
            _queue.Enqueue(new Received(message, sender));
            Monitor.PulseAll(_monitor);
        }

        Volatile.Read(ref _autoPilot)?.Invoke(sender, message);
    }

    private readonly record struct Received(object Message, IActorRef Sender);

    private sealed record InContext(Action<IActorContext> Action);

    private sealed class ProbeActor(TestProbe probe) : ActorBase
    {
        protected override bool Receive(object message)
        {
            if (message is InContext inContext)
                inContext.Action(Context);
            else
                probe.OnReceived(message, Sender);
            return true;
        }
    }
}
