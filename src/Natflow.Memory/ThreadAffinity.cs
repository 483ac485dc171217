namespace Natflow.Memory;

/// <summary>Keeps a thread on one core, so that its caches and its NIC queue stay where they are.</summary>
public static class ThreadAffinity
{
    /// <summary>Core numbers are below this.</summary>
    internal const int CpuMax = 1024;

    private const int MaskWords = CpuMax / 64;
    private const int MaskBytes = CpuMax / 8;

    /// <summary>Pins the calling thread.</summary>
    /// <param name="cpu">Core number as the kernel counts, 0 to 1023.</param>
    /// <returns>False when the kernel refuses: the core is offline or outside the process's cpuset.</returns>
    public static bool TryPin(int cpu)
    {
        if (cpu is < 0 or >= CpuMax)
            return false;
        ulong[] mask = new ulong[MaskWords];
        mask[cpu / 64] = 1UL << (cpu % 64);
        return TrySet(threadId: 0, mask);
    }

    /// <summary>Cores that a thread may run on, a bit each; all zero for a thread that has gone.</summary>
    /// <param name="threadId">As the kernel numbers threads; 0 for the calling one.</param>
    internal static unsafe ulong[] MaskOf(int threadId)
    {
        ulong[] mask = new ulong[MaskWords];
        fixed (ulong* words = mask)
            _ = LibcNative.GetAffinity(threadId, MaskBytes, words);
        return mask;
    }

    /// <summary>Says where a thread may run.</summary>
    /// <returns>False when the kernel refuses, or the thread has gone.</returns>
    internal static unsafe bool TrySet(int threadId, ulong[] mask)
    {
        fixed (ulong* words = mask)
            return LibcNative.SetAffinity(threadId, MaskBytes, words) == 0;
    }
}
