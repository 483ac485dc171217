namespace Natflow.Cluster;

/// <summary>Brings what the shards have to tell to their logs: one loop for all shards of a node, so that an idle node hardly wakes up.</summary>
internal sealed class FeedPump : IAsyncDisposable
{
    // A tenth of the lag that is allowed; a shard's buffers hold far more than comes in that time.
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5);

    private readonly ShardSeat[] _seats;
    private readonly PeriodicTimer _timer;
    private readonly Task _running;

    internal FeedPump(ShardSeat[] seats, TimeProvider clock)
    {
        _seats = seats;
        _timer = new PeriodicTimer(Interval, clock);
        _running = Task.Run(Run);
    }

    public async ValueTask DisposeAsync()
    {
        _timer.Dispose();
        await _running;
    }

    private async Task Run()
    {
        while (await _timer.WaitForNextTickAsync())
        {
            foreach (ShardSeat seat in _seats)
                seat.Pump();
        }
    }
}
