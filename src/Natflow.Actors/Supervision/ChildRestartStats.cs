namespace Natflow.Actors;

/// <summary>A child as its parent sees it: whether it is stopping, and how often it was restarted (contract V4).</summary>
internal sealed class ChildRestartStats(InternalActorRef child)
{
    private int _count;
    private long? _windowStart; // Timestamp of the provider.

    internal InternalActorRef Child { get; } = child;

    /// <summary>Was told to stop and has not gone yet.</summary>
    internal bool IsDying { get; set; }

    /// <summary>Counts a failure.</summary>
    /// <param name="retriesMax">Restarts allowed; 0 is none, negative is unlimited.</param>
    /// <param name="window">Time in which they count; zero is for ever.</param>
    /// <param name="time">The clock.</param>
    /// <returns>False if the child must not be restarted.</returns>
    internal bool RequestRestartPermission(int retriesMax, TimeSpan window, TimeProvider time)
    {
        if (retriesMax == 0) return false;
        if (window <= TimeSpan.Zero) return retriesMax < 0 || ++_count <= retriesMax;

        long now = time.GetTimestamp();
        _windowStart ??= now;
        if (time.GetElapsedTime(_windowStart.Value, now) > window)
        {
            _windowStart = now;
            _count = 1;
            return true;
        }

        return ++_count <= (retriesMax < 0 ? 1 : retriesMax);
    }
}
