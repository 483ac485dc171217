using System.Collections.Concurrent;
using Natflow.Flows.Users;
using Natflow.Gateway.Users;
using Natflow.Policy;

namespace Natflow.Cli.Bench.Policy;

/// <summary>Gives users other rates at a steady pace, each in turn, and waits for the user actor's answers.</summary>
/// <remarks>The rates are so high that no packet is dropped: what is measured is the change.</remarks>
internal sealed class ChangeStream(PolicyBenchRig rig, int perSecond)
{
    private const long RateBase = 100_000_000_000;
    private const long RateStep = 1_000_000;
    private const int Steps = 64;
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(4);

    private readonly ConcurrentBag<double> _answersMs = [];
    private long _sent;
    private double _seconds;

    /// <summary>The last user's address that was changed, and its rate.</summary>
    internal (uint Address, long BitsPerSecond) Last { get; private set; }

    /// <summary>Changes a second that were answered.</summary>
    internal double PerSecond => _answersMs.Count / _seconds;

    /// <summary>Time from a request until its answer.</summary>
    /// <param name="part">The part of all answers that came as soon as this.</param>
    internal double AnswerMs(double part)
    {
        double[] sorted = [.. _answersMs.Order()];
        return sorted[(int)((sorted.Length - 1) * part)];
    }

    /// <summary>Runs until disposed.</summary>
    internal IAsyncDisposable Begin()
    {
        var end = new CancellationTokenSource();
        return new Running(end, Task.Run(() => Run(end.Token)));
    }

    private async Task Run(CancellationToken end)
    {
        long start = TimeProvider.System.GetTimestamp();
        long before = _sent;
        var waiting = new Queue<Task>();
        using var timer = new PeriodicTimer(Step);
        while (!end.IsCancellationRequested)
        {
            double due = before + (TimeProvider.System.GetElapsedTime(start).TotalSeconds * perSecond);
            while (_sent < due)
                waiting.Enqueue(Change(_sent++));
            while (waiting.TryPeek(out Task? oldest) && oldest.IsCompleted)
                await waiting.Dequeue();
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }

        await Task.WhenAll(waiting);
        _seconds += TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    private async Task Change(long number)
    {
        uint address = rig.AddressOf((int)(number % rig.UserCount));
        long rate = RateBase + (number % Steps * RateStep);
        long start = TimeProvider.System.GetTimestamp();
        UserCommandAnswer answer = await rig.Users.Limit(IpAddress.FromIpv4(address), new PolicyLimits(rate, rate, PolicyLimits.None.Burst));
        if (answer.UserCount != 1)
            throw new InvalidOperationException($"a change touched {answer.UserCount} users: {answer.Result.Error}");
        _answersMs.Add(TimeProvider.System.GetElapsedTime(start).TotalMilliseconds);
        Last = (address, rate);
    }

    private sealed class Running(CancellationTokenSource end, Task task) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await end.CancelAsync();
            await task;
            end.Dispose();
        }
    }
}
