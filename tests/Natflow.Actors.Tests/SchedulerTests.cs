using Natflow.Testing.Actors;

namespace Natflow.Actors.Tests;

public sealed class SchedulerTests : TestKit
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    [Fact]
    public void T1_OnceAndRepeated_NeverEarly()
    {
        System.Scheduler.ScheduleTellOnceCancelable(Second, TestActor, "once", ActorRefs.NoSender);
        Cancelable repeated = System.Scheduler.ScheduleTellRepeatedlyCancelable(2 * Second, 3 * Second, TestActor, "again", ActorRefs.NoSender);
        ExpectNoMsg(Second - TimeSpan.FromTicks(1));
        Advance(TimeSpan.FromTicks(1));
        ExpectMsg("once");
        ExpectNoMsg(Second - TimeSpan.FromTicks(1));
        Advance(TimeSpan.FromTicks(1));
        ExpectMsg("again");
        Advance(6 * Second);
        Assert.Equal(["again", "again"], ReceiveN(2));
        repeated.Cancel();
        repeated.Cancel();
        Assert.True(repeated.IsCancellationRequested);
        ExpectNoMsg(10 * Second);
    }

    [Fact]
    public void T1_Action_RunsOnceUnlessCancelled()
    {
        int runs = 0;
        System.Scheduler.ScheduleOnceCancelable(Second, () => runs++);
        System.Scheduler.ScheduleOnceCancelable(Second, () => runs += 100).Dispose();
        Advance(10 * Second);
        Assert.Equal(1, runs);
    }

    [Fact]
    public void T1_SystemHasEnded_NothingFires()
    {
        int runs = 0;
        System.Scheduler.ScheduleOnceCancelable(Second, () => runs++);
        Assert.True(((IAsyncResult)System.FinalTerminate()).AsyncWaitHandle.WaitOne(TimeSpan.FromSeconds(10)));
        Time.Advance(Second);
        Assert.Equal(0, runs);
    }

    [Fact]
    public void T2_Clocks_AreThoseOfTheProvider()
    {
        Assert.Equal(Time.GetUtcNow(), System.Scheduler.Now);
        TimeSpan before = System.Scheduler.MonotonicClock;
        Advance(Second);
        Assert.Equal(before + Second, System.Scheduler.MonotonicClock);
    }
}
