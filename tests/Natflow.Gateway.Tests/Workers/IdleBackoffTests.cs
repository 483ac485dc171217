using Natflow.Gateway.Workers;

namespace Natflow.Gateway.Tests.Workers;

public sealed class IdleBackoffTests
{
    private const int BusyTurns = 128;
    private const int ShortWaits = 100;

    [Fact]
    public void Idle_LongEnough_SpinsThenWaitsOneMillisecondThenFour()
    {
        using var wake = new RecordingHandle();
        var backoff = new IdleBackoff(wake, IdleRhythm.Looking);
        for (int turn = 0; turn < BusyTurns; turn++)
            backoff.Idle();
        Assert.Empty(wake.WaitsMs);

        for (int turn = 0; turn < ShortWaits + 50; turn++)
            backoff.Idle();
        Assert.Equal([.. Enumerable.Repeat(1, ShortWaits), .. Enumerable.Repeat(4, 50)], wake.WaitsMs);
    }

    [Fact]
    public void Reset_AfterWork_SpinsAnew()
    {
        using var wake = new RecordingHandle();
        var backoff = new IdleBackoff(wake, IdleRhythm.Looking);
        for (int turn = 0; turn < BusyTurns + 500; turn++)
            backoff.Idle();
        int waits = wake.WaitsMs.Count;

        backoff.Reset();
        for (int turn = 0; turn < BusyTurns; turn++)
            backoff.Idle();
        Assert.Equal(waits, wake.WaitsMs.Count);
        backoff.Idle();
        Assert.Equal(1, wake.WaitsMs[^1]);
    }

    [Fact]
    public void Idle_Patient_WaitsAtOnce()
    {
        using var wake = new RecordingHandle();
        var backoff = new IdleBackoff(wake, IdleRhythm.Patient);
        backoff.Idle();
        backoff.Reset();
        backoff.Idle();
        Assert.Equal([20, 20], wake.WaitsMs);
    }

    private sealed class RecordingHandle : WaitHandle
    {
        internal List<int> WaitsMs { get; } = [];

        public override bool WaitOne(int millisecondsTimeout)
        {
            WaitsMs.Add(millisecondsTimeout);
            return false;
        }
    }
}
