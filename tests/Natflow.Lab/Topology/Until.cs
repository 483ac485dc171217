namespace Natflow.Lab.Topology;

/// <summary>Waits for conditions.</summary>
internal static class Until
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(25);

    /// <summary>Polls until a condition holds; fails the test if that takes too long.</summary>
    /// <param name="what">What is waited for, for the failure.</param>
    /// <param name="condition">The condition.</param>
    /// <param name="seconds">Deadline.</param>
    internal static async Task Holds(string what, Func<bool> condition, int seconds = 60)
    {
        long start = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(Interval);
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(seconds), $"not within {seconds} s: {what}");
            await timer.WaitForNextTickAsync();
        }
    }
}
