namespace Natflow.Gateway.Workers;

/// <summary>
/// What a worker does in turns without work: spins for some microseconds, then gives the core away, then waits as its rhythm says. A message ends the wait, and a packet where
/// the ports have descriptors to wait on. An idle gateway costs less than 2 % of a core.
/// </summary>
internal struct IdleBackoff(WaitHandle wake, IdleRhythm rhythm)
{
    private const int SpinTurns = 64;
    private const int YieldTurns = 128;
    private const int SpinIterations = 32;
    private const int FirstWaitTurns = YieldTurns + 100;

    private int _idleTurns;

    /// <summary>After a turn with work.</summary>
    internal void Reset() => _idleTurns = 0;

    /// <summary>After a turn without work.</summary>
    internal void Idle()
    {
        if (rhythm.Spins && _idleTurns < SpinTurns)
            Thread.SpinWait(SpinIterations);
        else if (rhythm.Spins && _idleTurns < YieldTurns)
            Thread.Yield();
        else
            wake.WaitOne(_idleTurns < FirstWaitTurns ? rhythm.FirstWaitMs : rhythm.LongWaitMs);
        if (_idleTurns < FirstWaitTurns)
            _idleTurns++;
    }
}
