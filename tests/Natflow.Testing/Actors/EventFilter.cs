using Natflow.Actors.Event;

namespace Natflow.Testing.Actors;

/// <summary>Events that an action has to cause.</summary>
public sealed class EventFilter
{
    private readonly TestKit _kit;
    private readonly Predicate<object> _isExpected;

    internal EventFilter(TestKit kit, Predicate<object> isExpected)
    {
        _kit = kit;
        _isExpected = isExpected;
    }

    /// <summary>The action causes one such event.</summary>
    public void ExpectOne(Action action) => Expect(1, action);

    /// <summary>The action causes so many such events, and no more.</summary>
    public void Expect(int count, Action action)
    {
        TestProbe events = _kit.CreateTestProbe();
        _kit.System.EventStream.Subscribe(events.Ref, typeof(LogEvent));
        _kit.System.EventStream.Subscribe(events.Ref, typeof(AllDeadLetters));
        action();
        for (int i = 0; i < count; i++)
            events.FishForMessage<object>(_isExpected);
        _kit.Settle();
        _kit.System.EventStream.Unsubscribe(events.Ref);
        Assert.DoesNotContain(events.ReceiveN(events.Count), _isExpected);
        _kit.System.Stop(events.Ref);
    }
}
