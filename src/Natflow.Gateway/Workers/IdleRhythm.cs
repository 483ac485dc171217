namespace Natflow.Gateway.Workers;

/// <summary>How a worker waits that finds nothing to do.</summary>
/// <param name="Spins">Whether it looks again for some microseconds first: what comes then is met sooner than a wait ends.</param>
/// <param name="FirstWaitMs">Longest of the first hundred waits, ms.</param>
/// <param name="LongWaitMs">Longest wait behind them, ms.</param>
public readonly record struct IdleRhythm(bool Spins, int FirstWaitMs, int LongWaitMs)
{
    /// <summary>Some of its work wakes nobody: a port without a descriptor, a frame that another worker hands over. It is late by the wait at most.</summary>
    public static IdleRhythm Looking => new(Spins: true, FirstWaitMs: 1, LongWaitMs: 4);

    /// <summary>All frames wake it: only what is due by time may be late by the wait.</summary>
    public static IdleRhythm Woken => new(Spins: true, FirstWaitMs: 10, LongWaitMs: 10);

    /// <summary>All its work wakes it, and none of it is pressing.</summary>
    public static IdleRhythm Patient => new(Spins: false, FirstWaitMs: 20, LongWaitMs: 20);
}
