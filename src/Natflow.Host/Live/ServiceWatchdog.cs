using System.Globalization;
using Natflow.Gateway;

namespace Natflow.Host.Live;

/// <summary>
/// Tells systemd, twice in the time it allows (sd_watchdog_enabled(3)), that every shard still answers; a worker that hangs is silence, and systemd
/// starts the service again.
/// </summary>
internal sealed class ServiceWatchdog : IAsyncDisposable
{
    private const string IntervalVariable = "WATCHDOG_USEC";
    private const string ProcessVariable = "WATCHDOG_PID";

    private readonly CancellationTokenSource _end = new();
    private readonly Task _loop;

    private ServiceWatchdog(DataPlane plane, TimeSpan interval, TimeProvider clock) => _loop = Watch(plane, interval, clock);

    /// <summary>Starts where systemd asks this process for it.</summary>
    /// <param name="plane">Its workers run until after disposal.</param>
    /// <param name="clock">Time.</param>
    /// <returns>Null where nobody asks.</returns>
    internal static ServiceWatchdog? TryStart(DataPlane plane, TimeProvider clock) =>
        IntervalOf(Environment.GetEnvironmentVariable(IntervalVariable), Environment.GetEnvironmentVariable(ProcessVariable), Environment.ProcessId) is { } interval
            ? new ServiceWatchdog(plane, interval, clock)
            : null;

    /// <summary>How often to tell, or null: nobody asks, or asks another process.</summary>
    /// <param name="microseconds">What systemd allows, as text.</param>
    /// <param name="processId">Whom it asks, as text; null for whoever was started.</param>
    /// <param name="ownProcessId">This process.</param>
    internal static TimeSpan? IntervalOf(string? microseconds, string? processId, int ownProcessId)
    {
        if (!long.TryParse(microseconds, NumberStyles.None, CultureInfo.InvariantCulture, out long allowed) || allowed is < 2000 or > int.MaxValue * 1000L)
            return null;
        bool isOurs = processId is null || (int.TryParse(processId, NumberStyles.None, CultureInfo.InvariantCulture, out int asked) && asked == ownProcessId);
        return isOurs ? TimeSpan.FromMicroseconds(allowed / 2) : null;
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _loop;
        _end.Dispose();
    }

    private async Task Watch(DataPlane plane, TimeSpan interval, TimeProvider clock)
    {
        using var timer = new PeriodicTimer(interval, clock);
        try
        {
            do
            {
                await Tell(plane);
            }
            while (await timer.WaitForNextTickAsync(_end.Token));
        }
        catch (OperationCanceledException)
        {
            // The end that was asked for.
        }
    }

    private static async Task Tell(DataPlane plane)
    {
        try
        {
            _ = await plane.Report();
            ServiceNotifier.Alive();
        }
        catch (Exception error) when (error is TimeoutException or Actors.AskTimeoutException)
        {
            // A shard does not answer: silence says so.
        }
    }
}
