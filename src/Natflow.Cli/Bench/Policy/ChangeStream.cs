using Natflow.Flows.Users;
using Natflow.Gateway.Users;
using Natflow.Policy;

namespace Natflow.Cli.Bench.Policy;

/// <summary>Gives users other rates at a steady pace, each in turn. Who is late does not slow it down: a change's lag counts from when it was due.</summary>
/// <remarks>The rates are so high that no packet is dropped: what is measured is the change.</remarks>
internal sealed class ChangeStream(PolicyBenchRig rig, int perSecond)
{
    private const long RateBase = 100_000_000_000;
    private const long RateStep = 1_000_000;
    private const int Steps = 64;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(4);
    private static readonly TimeSpan Lead = TimeSpan.FromMilliseconds(10); // As many are answered as are made by then.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private readonly List<double> _lagsMs = [];
    private long _sent;
    private long _counted;
    private double _countedSeconds;

    /// <summary>The last user's address that was changed, and its rate.</summary>
    internal (uint Address, long BitsPerSecond) Last { get; private set; }

    /// <summary>Changes a second that were answered, between what <see cref="Begin"/> gave and its end.</summary>
    internal double PerSecond => _counted / _countedSeconds;

    /// <summary>Time from when a change was due until its answer.</summary>
    /// <param name="part">The part of all answers that came as soon as this.</param>
    internal double LagMs(double part)
    {
        double[] sorted = [.. _lagsMs.Order()];
        return sorted[(int)((sorted.Length - 1) * part)];
    }

    /// <summary>Runs until disposed; steady when this has ended.</summary>
    internal async Task<IAsyncDisposable> Begin()
    {
        long start = TimeProvider.System.GetTimestamp();
        var answers = new ChangeAnswers(start, TimeProvider.System.TimestampFrequency / perSecond, _lagsMs);
        var end = new CancellationTokenSource();
        Task<long> made = Task.Factory.StartNew(() => Make(answers, end.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        await Settle();
        return new Running(this, answers, end, made);
    }

    /// <summary>Waits as long as <see cref="Begin"/> does: a worker that was idle longer has more to win back from whoever took its processor.</summary>
    internal static async Task Settle()
    {
        long start = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(Step);
        while (TimeProvider.System.GetElapsedTime(start) < Lead)
            await timer.WaitForNextTickAsync(CancellationToken.None);
    }

    private long Make(ChangeAnswers answers, CancellationToken end)
    {
        long count = 0;
        do
        {
            for (long now = TimeProvider.System.GetTimestamp(); answers.DueOf(count) <= now; count++)
                Change(_sent++, answers);
        }
        while (!end.WaitHandle.WaitOne(Step));
        return count;
    }

    private void Change(long number, ChangeAnswers answers)
    {
        uint address = rig.AddressOf((int)(number % rig.UserCount));
        long rate = RateBase + (number % Steps * RateStep);
        Last = (address, rate);
        rig.UsersActor.Tell(new UserLimitsRequest(IpAddress.FromIpv4(address), new PolicyLimits(rate, rate, PolicyLimits.None.Burst)), answers);
    }

    private void Count(long answered, long since)
    {
        _counted += answered;
        _countedSeconds += TimeProvider.System.GetElapsedTime(since).TotalSeconds;
    }

    private sealed class Running(ChangeStream stream, ChangeAnswers answers, CancellationTokenSource end, Task<long> made) : IAsyncDisposable
    {
        private readonly long _start = TimeProvider.System.GetTimestamp();
        private readonly long _answeredBefore = answers.Count;

        public async ValueTask DisposeAsync()
        {
            stream.Count(answers.Count - _answeredBefore, _start);
            await end.CancelAsync();
            long count = await made;
            end.Dispose();
            long stop = TimeProvider.System.GetTimestamp();
            using var timer = new PeriodicTimer(Step);
            while (answers.Count != count && TimeProvider.System.GetElapsedTime(stop) < Patience)
                await timer.WaitForNextTickAsync();
            if (answers.Count != count || answers.Refusal is not null)
                throw new InvalidOperationException($"{answers.Count} of {count} changes were answered: {answers.Refusal}");
        }
    }
}
