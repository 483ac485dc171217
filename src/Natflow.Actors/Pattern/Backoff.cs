namespace Natflow.Actors.Pattern;

/// <summary>The two reasons for a child to come back after a wait (contract V7).</summary>
public static class Backoff
{
    /// <summary>When it failed. A child that stops itself takes the supervisor with it.</summary>
    /// <param name="childProps">How to make the child.</param>
    /// <param name="childName">Name of the child.</param>
    /// <param name="minBackoff">First wait, more than zero.</param>
    /// <param name="maxBackoff">Longest wait.</param>
    /// <param name="randomFactor">Fraction added by chance, 0 or more.</param>
    /// <param name="maxNrOfRetries">Returns before giving up; negative is unlimited.</param>
    public static BackoffOptions OnFailure(
        Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor, int maxNrOfRetries = -1) =>
        Options(childProps, childName, minBackoff, maxBackoff, randomFactor, maxNrOfRetries, isOnFailure: true);

    /// <summary>When it stopped, for whatever reason: for persistent actors, which stop when their journal fails.</summary>
    /// <param name="childProps">How to make the child.</param>
    /// <param name="childName">Name of the child.</param>
    /// <param name="minBackoff">First wait, more than zero.</param>
    /// <param name="maxBackoff">Longest wait.</param>
    /// <param name="randomFactor">Fraction added by chance, 0 or more.</param>
    /// <param name="maxNrOfRetries">Returns before giving up; negative is unlimited.</param>
    public static BackoffOptions OnStop(
        Props childProps, string childName, TimeSpan minBackoff, TimeSpan maxBackoff, double randomFactor, int maxNrOfRetries = -1) =>
        Options(childProps, childName, minBackoff, maxBackoff, randomFactor, maxNrOfRetries, isOnFailure: false);

    private static BackoffOptions Options(
        Props childProps, string childName, TimeSpan min, TimeSpan max, double randomFactor, int maxNrOfRetries, bool isOnFailure)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(min, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfLessThan(max, min);
        ArgumentOutOfRangeException.ThrowIfNegative(randomFactor);
        return new BackoffOptions
        {
            ChildProps = childProps,
            ChildName = childName,
            MinBackoff = min,
            MaxBackoff = max,
            RandomFactor = randomFactor,
            MaxNrOfRetries = maxNrOfRetries,
            AutoReset = min,
            IsOnFailure = isOnFailure,
        };
    }
}
