namespace Natflow.Gateway.Workers;

/// <summary>
/// What a worker does in turns without work: spins for some microseconds, then gives the core away, then waits one millisecond at a time, after a tenth of a second
/// four. A message ends the wait, and a packet where the ports have descriptors to wait on; where they have none it is late by that wait at most. An idle gateway
/// costs less than 2 % of a core. One that is woken for all its work waits at once.
/// </summary>
internal struct IdleBackoff(WaitHandle wake, int? idleWaitMs)
{
    private const int SpinTurns = 64;
    private const int YieldTurns = 128;
    private const int SpinIterations = 32;
    private const int ShortWaitTurns = YieldTurns + 100;
    private const int ShortWaitMs = 1;

    private const int LongWaitMs = 4;

    private int _idleTurns;

    /// <summary>After a turn with work.</summary>
    internal void Reset() => _idleTurns = 0;

    /// <summary>After a turn without work.</summary>
    internal void Idle()
    {
        if (idleWaitMs is { } waitMs)
            wake.WaitOne(waitMs);
        else if (_idleTurns < SpinTurns)
            Thread.SpinWait(SpinIterations);
        else if (_idleTurns < YieldTurns)
            Thread.Yield();
        else
            wake.WaitOne(_idleTurns < ShortWaitTurns ? ShortWaitMs : LongWaitMs);
        if (_idleTurns < ShortWaitTurns)
            _idleTurns++;
    }
}
