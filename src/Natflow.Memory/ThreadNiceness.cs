namespace Natflow.Memory;

/// <summary>Lets a thread stand back behind others where there are fewer cores than work.</summary>
public static class ThreadNiceness
{
    /// <summary>For work that may lag a moment, while packets may not.</summary>
    public const int Background = 10;

    private const int NicenessMax = 19;
    private const int OfProcess = 0;

    /// <summary>Lowers the calling thread's share. It cannot be raised again without a capability.</summary>
    /// <param name="niceness">0 to 19; each step is about a tenth less.</param>
    /// <returns>False when the kernel refuses, or the number is out of range.</returns>
    public static bool TryLower(int niceness) => niceness is >= 0 and <= NicenessMax && LibcNative.SetPriority(OfProcess, 0, niceness) == 0;
}
