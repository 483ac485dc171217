using Natflow.Actors;

namespace Natflow.Cli.Bench.Actors;

/// <summary>The workloads of <see cref="ActorSuite"/> on two pool actors.</summary>
internal static class ActorBench
{
    private static readonly object Message = new();

    /// <summary>One actor sends to another as fast as it can.</summary>
    /// <returns>Messages per second, until the last one is handled.</returns>
    internal static async Task<double> Tell(ActorSystem system, int count)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IActorRef sink = system.ActorOf(Props.Create(() => new SinkActor(count, done)));
        IActorRef source = system.ActorOf(Props.Create(() => new SourceActor(count, sink)));
        long start = TimeProvider.System.GetTimestamp();
        source.Tell(Message, ActorRefs.NoSender);
        await done.Task;
        TimeSpan elapsed = TimeProvider.System.GetElapsedTime(start);
        system.Stop(source);
        system.Stop(sink);
        return count / elapsed.TotalSeconds;
    }

    /// <summary>Two actors answer each other.</summary>
    /// <returns>Messages per second; a round trip is two.</returns>
    internal static async Task<double> PingPong(ActorSystem system, int roundTrips)
    {
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        IActorRef echo = system.ActorOf(Props.Create(static () => new EchoActor()));
        IActorRef player = system.ActorOf(Props.Create(() => new PlayerActor(roundTrips, echo, done)));
        long start = TimeProvider.System.GetTimestamp();
        player.Tell(Message, ActorRefs.NoSender);
        await done.Task;
        TimeSpan elapsed = TimeProvider.System.GetElapsedTime(start);
        system.Stop(player);
        system.Stop(echo);
        return 2.0 * roundTrips / elapsed.TotalSeconds;
    }

    /// <summary>One question after the other.</summary>
    internal static async Task<Latency> Ask(ActorSystem system, int count)
    {
        IActorRef echo = system.ActorOf(Props.Create(static () => new EchoActor()));
        long[] durations = new long[count];
        for (int i = 0; i < count; i++)
        {
            long start = TimeProvider.System.GetTimestamp();
            await echo.Ask<object>(Message);
            durations[i] = TimeProvider.System.GetTimestamp() - start;
        }

        system.Stop(echo);
        return Latency.Of(durations);
    }

    private sealed class SourceActor(int count, IActorRef sink) : UntypedActor
    {
        protected override void OnReceive(object message)
        {
            for (int i = 0; i < count; i++)
                sink.Tell(message);
        }
    }

    private sealed class SinkActor(int count, TaskCompletionSource done) : UntypedActor
    {
        private int _seen;

        protected override void OnReceive(object message)
        {
            if (++_seen == count) done.SetResult();
        }
    }

    private sealed class EchoActor : UntypedActor
    {
        protected override void OnReceive(object message) => Sender.Tell(message, Self);
    }

    private sealed class PlayerActor(int roundTrips, IActorRef echo, TaskCompletionSource done) : UntypedActor
    {
        private int _sent;

        protected override void OnReceive(object message)
        {
            if (_sent++ < roundTrips)
                echo.Tell(message, Self);
            else
                done.SetResult();
        }
    }
}
