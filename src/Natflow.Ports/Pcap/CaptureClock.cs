namespace Natflow.Ports.Pcap;

/// <summary>
/// The time of a replay: that of the newest frame a capture port has delivered. It never goes back, even where a capture's timestamps
/// do. The port's thread advances it; any thread may read.
/// </summary>
public sealed class CaptureClock : TimeProvider
{
    private const long NsPerSecond = 1_000_000_000;
    private const long NsPerTick = 100;

    private long _nowNs;

    /// <summary>Nanoseconds since 1970, UTC; 0 before the first frame.</summary>
    public long NowNs => Volatile.Read(ref _nowNs);

    /// <summary>Nanoseconds: 1,000,000,000 a second.</summary>
    public override long TimestampFrequency => NsPerSecond;

    /// <summary>Moves to a time, or stays where it is later than that. Port thread.</summary>
    /// <param name="timeNs">Nanoseconds since 1970, UTC.</param>
    public void AdvanceTo(long timeNs)
    {
        if (timeNs > _nowNs)
            Volatile.Write(ref _nowNs, timeNs);
    }

    /// <inheritdoc />
    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch.AddTicks(NowNs / NsPerTick);

    /// <summary>The same as <see cref="NowNs"/>.</summary>
    public override long GetTimestamp() => NowNs;

    /// <summary>Not supported: a timer of the wall clock beside captured time would make a replay differ from run to run.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        throw new NotSupportedException("captured time moves with the frames and has no timers");
}
