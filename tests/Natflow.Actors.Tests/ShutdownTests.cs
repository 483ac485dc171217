using Natflow.Actors.Event;
using Natflow.Testing.Actors;

namespace Natflow.Actors.Tests;

public sealed class ShutdownTests : TestKit
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private CoordinatedShutdown Shutdown => CoordinatedShutdown.Get(System);

    [Fact]
    public async Task C1_Phases_RunInOrderTheirTasksInParallel()
    {
        var log = new List<string>();
        using var both = new Barrier(2);
        Shutdown.AddTask(CoordinatedShutdown.PhaseClusterLeave, "last", _ => Log(log, "leave"));
        Shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "first", _ => Log(log, "unbind"));
        for (int i = 0; i < 2; i++)
        {
            Shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, $"parallel {i}", token =>
            {
                Assert.True(both.SignalAndWait(TimeSpan.FromSeconds(10), token));
                return Log(log, "stop");
            });
        }

        await Shutdown.Run(UnknownReason.Instance);
        Assert.Equal(["unbind", "stop", "stop", "leave"], log);
        Assert.True(System.WhenTerminated.IsCompleted);
    }

    [Fact]
    public void C1_CircleOrMissingPhase_IsStartUpError()
    {
        Assert.Throws<ConfigurationException>(() => With(("a", ["b"]), ("b", ["a"])));
        Assert.Throws<ConfigurationException>(() => With(("a", ["b"])));
        Assert.Throws<ConfigurationException>(() => Shutdown.AddTask("nonsense", "task", _ => Task.CompletedTask));
        Assert.Equal(12, CoordinatedShutdown.DefaultPhases.Count);
        Assert.Equal(10 * Second, CoordinatedShutdown.DefaultPhases[CoordinatedShutdown.PhaseActorSystemTerminate].Timeout);
        Assert.Equal((3 * 10 * Second) + (9 * 5 * Second), Shutdown.TotalTimeout);
    }

    [Fact]
    public async Task C2_LateAndFailedTasks_AreLoggedAndTheNextPhaseStarts()
    {
        var log = new List<string>();
        var isLate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        TestProbe events = CreateTestProbe();
        System.EventStream.Subscribe(events.Ref, typeof(LogEvent));
        Shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "broken", _ => throw new InvalidOperationException("no"));
        Shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "late", token =>
        {
            token.Register(() => _ = Log(log, "told to hurry"));
            isLate.SetResult();
            return new TaskCompletionSource().Task;
        });
        Shutdown.AddTask(CoordinatedShutdown.PhaseClusterLeave, "next", _ => Log(log, "next"));
        Task run = Shutdown.Run(UnknownReason.Instance);
        await isLate.Task;
        Time.Advance(5 * Second);
        await run;
        Assert.Equal(["told to hurry", "next"], log);
        Assert.Contains("broken", events.ExpectMsg<Error>().Message, StringComparison.Ordinal);
        Assert.Contains("late", events.ExpectMsg<Warning>().Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task C2_PhaseWithoutRecovery_EndsTheRun()
    {
        var phases = new Dictionary<string, ShutdownPhase>(StringComparer.Ordinal)
        {
            ["first"] = new([], Second, Recover: false),
            ["second"] = new(["first"], Second),
        };
        var shutdown = new CoordinatedShutdown(System, new CoordinatedShutdownSettings { Phases = phases, RunByProcessExit = false });
        bool secondRan = false;
        shutdown.AddTask("first", "broken", _ => throw new InvalidOperationException("no"));
        shutdown.AddTask("second", "next", _ => Task.FromResult(secondRan = true));
        await Assert.ThrowsAsync<InvalidOperationException>(() => shutdown.Run(UnknownReason.Instance));
        Assert.False(secondRan);
    }

    [Fact]
    public async Task C3_SecondRun_IsTheSameAndKeepsTheFirstReason()
    {
        Assert.Null(Shutdown.ShutdownReason);
        Task first = Shutdown.Run(ClusterLeavingReason.Instance);
        Assert.Same(first, Shutdown.Run(ClrExitReason.Instance));
        Assert.Same(ClusterLeavingReason.Instance, Shutdown.ShutdownReason);
        await first;
    }

    [Fact]
    public async Task C4_TaskForAPassedPhase_IsNotRun()
    {
        bool ran = false;
        Shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "adds too late", _ =>
        {
            Shutdown.AddTask(CoordinatedShutdown.PhaseServiceUnbind, "too late", _ => Task.FromResult(ran = true));
            return Task.CompletedTask;
        });
        await Shutdown.Run(UnknownReason.Instance);
        Assert.False(ran);
    }

    [Fact]
    public async Task C5_SystemTerminate_RunsThePhasesAndEndsTheSystem()
    {
        bool ran = false;
        Shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "task", _ => Task.FromResult(ran = true));
        await System.Terminate();
        Assert.True(ran);
        Assert.Same(ActorSystemTerminateReason.Instance, Shutdown.ShutdownReason);
        var settings = new CoordinatedShutdownSettings();
        Assert.True(settings is { TerminateActorSystem: true, RunByActorSystemTerminate: true, RunByProcessExit: true });
    }

    [Fact]
    public async Task C6_DownedNode_StartsAtClusterShutdown()
    {
        var log = new List<string>();
        Shutdown.AddTask(CoordinatedShutdown.PhaseServiceStop, "passed over", _ => Log(log, "stop"));
        Shutdown.AddTask(CoordinatedShutdown.PhaseClusterShutdown, "run", _ => Log(log, "cluster shutdown"));
        await Shutdown.Run(ClusterDowningReason.Instance, CoordinatedShutdown.PhaseClusterShutdown);
        Assert.Equal(["cluster shutdown"], log);
    }

    private static Task Log(List<string> log, string line)
    {
        lock (log)
            log.Add(line);
        return Task.CompletedTask;
    }

    private static void With(params (string Name, string[] DependsOn)[] phases) =>
        ActorSystem.Create("circle", new ActorSystemSettings
        {
            CoordinatedShutdown = new CoordinatedShutdownSettings
            {
                Phases = phases.ToDictionary(phase => phase.Name, phase => new ShutdownPhase(phase.DependsOn, Second), StringComparer.Ordinal),
                RunByProcessExit = false,
            },
        });
}
