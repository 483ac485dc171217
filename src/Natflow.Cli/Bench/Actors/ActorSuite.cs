using Natflow.Actors;

namespace Natflow.Cli.Bench.Actors;

/// <summary>Suite <c>actors</c>: the kernel beside bare channels, which do the same work without supervision, senders or life cycles.</summary>
internal static class ActorSuite
{
    private const int WarmUps = 10; // Until the hot methods have reached the compiler's last tier.
    private const int Repetitions = 11;
    private const int TellCount = 2_000_000;
    private const int PingCount = 200_000;
    private const int AskCount = 50_000;

    /// <summary>Runs the suite, about five seconds.</summary>
    /// <param name="progress">Told what is being measured.</param>
    public static async Task<IReadOnlyList<BenchRow>> Run(Action<string> progress)
    {
        var system = ActorSystem.Create("bench", BenchSystem.Settings);
        IReadOnlyList<BenchRow> rows = await Run(system, progress);
        await system.Terminate();
        return rows;
    }

    private static async Task<IReadOnlyList<BenchRow>> Run(ActorSystem system, Action<string> progress)
    {
        progress("tell throughput");
        (double tell, double tellChannel) = await Medians(
            () => ActorBench.Tell(system, TellCount), () => ChannelBench.OneWay(TellCount));
        progress("ping-pong");
        (double ping, double pingChannel) = await Medians(
            () => ActorBench.PingPong(system, PingCount), () => ChannelBench.PingPong(PingCount));
        progress("ask latency");
        (Latency ask, Latency askChannel) = await Latencies(system);
        return
        [
            new BenchRow("tell throughput", "msg/s", tell, tellChannel),
            new BenchRow("ping-pong", "msg/s", ping, pingChannel),
            new BenchRow("ask latency p50", "ns", ask.P50, askChannel.P50),
            new BenchRow("ask latency p99", "ns", ask.P99, askChannel.P99),
        ];
    }

    private static async Task<(double Measured, double Baseline)> Medians(Func<Task<double>> measured, Func<Task<double>> baseline)
    {
        (double[] ours, double[] theirs) = await TakeTurns(measured, baseline);
        return (Median(ours), Median(theirs));
    }

    private static async Task<(Latency Measured, Latency Baseline)> Latencies(ActorSystem system)
    {
        (Latency[] ours, Latency[] theirs) = await TakeTurns(
            () => ActorBench.Ask(system, AskCount), () => ChannelBench.RoundTrip(AskCount));
        return (Latency.Median(ours), Latency.Median(theirs));
    }

    /// <summary>Repetitions of both take turns, so that a disturbance of the machine meets both.</summary>
    private static async Task<(T[] Measured, T[] Baseline)> TakeTurns<T>(Func<Task<T>> measured, Func<Task<T>> baseline)
    {
        var ours = new T[Repetitions];
        var theirs = new T[Repetitions];
        for (int i = -WarmUps; i < Repetitions; i++)
        {
            int slot = Math.Max(i, 0); // What warms up is overwritten.
            ours[slot] = await measured();
            theirs[slot] = await baseline();
        }

        return (ours, theirs);
    }

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }
}
