using System.Threading.Channels;

namespace Natflow.Cluster;

/// <summary>Brings what the shards have to tell to their logs: one loop for all shards of a node, which sleeps while they have nothing to tell.</summary>
internal sealed class FeedPump : IAsyncDisposable
{
    // A tenth of the lag that is allowed; a shard's buffers hold far more than comes in that time.
    private static readonly TimeSpan Gathering = TimeSpan.FromMilliseconds(5);

    private readonly ShardSeat[] _seats;
    private readonly TimeProvider _clock;
    private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private readonly Task _running;

    internal FeedPump(ShardSeat[] seats, TimeProvider clock)
    {
        _seats = seats;
        _clock = clock;
        foreach (ShardSeat seat in seats)
            seat.OnMore = () => _wake.Writer.TryWrite(true);
        _running = Task.Run(Run);
    }

    public async ValueTask DisposeAsync()
    {
        _wake.Writer.TryComplete();
        await _running;
    }

    private async Task Run()
    {
        while (await _wake.Reader.WaitToReadAsync())
        {
            await Task.Delay(Gathering, _clock);
            _wake.Reader.TryRead(out _); // Before the look: what comes during it wakes the loop again.
            foreach (ShardSeat seat in _seats)
                seat.Pump();
        }
    }
}
