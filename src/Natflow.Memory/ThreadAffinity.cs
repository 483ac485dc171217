namespace Natflow.Memory;

/// <summary>Keeps a thread on one core, so that its caches and its NIC queue stay where they are.</summary>
public static class ThreadAffinity
{
    private const int CpuMax = 1024;

    /// <summary>Pins the calling thread.</summary>
    /// <param name="cpu">Core number as the kernel counts, 0 to 1023.</param>
    /// <returns>False when the kernel refuses: the core is offline or outside the process's cpuset.</returns>
    public static unsafe bool TryPin(int cpu)
    {
        if (cpu is < 0 or >= CpuMax)
            return false;
        ulong* mask = stackalloc ulong[CpuMax / 64];
        mask[cpu / 64] = 1UL << (cpu % 64);
        return LibcNative.SetAffinity(0, CpuMax / 8, mask) == 0;
    }
}
