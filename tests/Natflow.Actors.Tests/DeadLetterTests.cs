using Natflow.Actors.Event;
using Natflow.Testing.Actors;

namespace Natflow.Actors.Tests;

public sealed class DeadLetterTests : TestKit
{
    [Fact]
    public void D1_MessageToTheDead_IsDeadLetterWithItsParties()
    {
        IActorRef gone = Dead();
        System.EventStream.Subscribe(TestActor, typeof(AllDeadLetters));
        gone.Tell("hello");
        ExpectMsg(new DeadLetter("hello", TestActor, gone));
        gone.Tell("hello", ActorRefs.NoSender);
        ExpectMsg(new DeadLetter("hello", System.DeadLetters, gone));
        gone.Tell(PoisonPill.Instance);
        Assert.IsType<PoisonPill>(ExpectMsg<SuppressedDeadLetter>().Message);
    }

    [Fact]
    public void D2_ManyDeadLetters_FirstTenAreLoggedThenQuietForFiveMinutes()
    {
        IActorRef gone = Dead();
        TestProbe log = CreateTestProbe();
        System.EventStream.Subscribe(log.Ref, typeof(Info));
        for (int i = 0; i < 25; i++)
            gone.Tell(i);
        Settle();
        Assert.Equal(10, log.Count);
        IReadOnlyList<object> lines = log.ReceiveN(10);
        Assert.Contains("no more are logged", ((Info)lines[9]).Message, StringComparison.Ordinal);
        Advance(TimeSpan.FromMinutes(5));
        Assert.StartsWith("15 more", log.ExpectMsg<Info>().Message, StringComparison.Ordinal);
        gone.Tell("again");
        log.ExpectMsg<Info>();
        log.ExpectNoMsg();
    }

    [Fact]
    public void D2_Suppressed_IsNotLogged()
    {
        IActorRef gone = Dead();
        EventFilter.Info("dead letter").Expect(0, () => gone.Tell(new Unimportant()));
    }

    [Fact]
    public void D3_Subscriber_GetsSubtypesUntilItUnsubscribes()
    {
        Assert.True(System.EventStream.Subscribe(TestActor, typeof(LogEvent)));
        Assert.False(System.EventStream.Subscribe(TestActor, typeof(LogEvent)));
        System.Log.Warning("number {0}", 1);
        Assert.Equal("number 1", ExpectMsg<Warning>().Message);
        Assert.True(System.EventStream.Unsubscribe(TestActor, typeof(LogEvent)));
        System.Log.Warning("number {0}", 2);
        ExpectNoMsg();
    }

    [Fact]
    public void D3_DeadSubscriber_IsForgotten()
    {
        IActorRef subscriber = ActorOf(PuppetActor.Props());
        System.EventStream.Subscribe(subscriber, typeof(string));
        System.Stop(subscriber);
        Settle();
        EventFilter.DeadLetter<string>().Expect(0, () => System.EventStream.Publish("news"));
        Assert.False(System.EventStream.Subscribe(subscriber, typeof(string)));
        Assert.False(System.EventStream.Unsubscribe(subscriber));
    }

    [Fact]
    public void Log_BelowTheLevel_IsNotPublished()
    {
        System.EventStream.Subscribe(TestActor, typeof(LogEvent));
        System.Log.Debug("nobody asked");
        System.Log.Error(new InvalidOperationException("why"), "it broke");
        Error error = ExpectMsg<Error>();
        Assert.Equal(("it broke", "why", LogLevel.ErrorLevel), (error.Message, error.Cause!.Message, error.LogLevel));
        Assert.False(System.Log.IsDebugEnabled);
    }

    private IActorRef Dead()
    {
        IActorRef actor = ActorOf(PuppetActor.Props());
        System.Stop(actor);
        Settle();
        return actor;
    }

    private sealed record Unimportant : IDeadLetterSuppression;
}
