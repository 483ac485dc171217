using System.Globalization;

namespace Natflow.Memory;

/// <summary>
/// Keeps the process's threads off cores that workers are pinned to, as a packet engine's control threads are kept off its packet cores: a collection, a timer or
/// an actor that is woken there takes the core from packets for milliseconds. Threads that are started later inherit it; workers pin themselves afterwards.
/// </summary>
/// <remarks>Any thread makes it and ends it, one at a time. A thread that may run on reserved cores alone is left where it is.</remarks>
public sealed class CoreReservation : IDisposable
{
    private const string TasksPath = "/proc/self/task";
    private const int PassesMax = 4;

    private readonly ulong[] _allowed;
    private readonly ulong[] _rest;
    private bool _isEnded;

    private CoreReservation(ulong[] allowed, ulong[] rest)
    {
        _allowed = allowed;
        _rest = rest;
    }

    /// <summary>Reserves cores.</summary>
    /// <param name="cpus">Core numbers as the kernel counts, 0 to 1023.</param>
    /// <returns>Null, and nothing done, where there is none to reserve, no core would be left for the others, or the kernel refuses.</returns>
    public static CoreReservation? TryMake(IReadOnlyCollection<int> cpus)
    {
        ArgumentNullException.ThrowIfNull(cpus);
        ulong[] allowed = ThreadAffinity.MaskOf(Environment.ProcessId);
        ulong[] rest = [.. allowed];
        foreach (int cpu in cpus)
        {
            if (cpu is >= 0 and < ThreadAffinity.CpuMax)
                rest[cpu / 64] &= ~(1UL << (cpu % 64));
        }

        if (rest.All(static word => word == 0) || rest.AsSpan().SequenceEqual(allowed))
            return null;
        var reservation = new CoreReservation(allowed, rest);
        Move(reservation.Leave);
        return reservation;
    }

    /// <summary>Gives the cores back to all threads that were kept off them.</summary>
    public void Dispose()
    {
        if (_isEnded)
            return;
        _isEnded = true;
        Move(Return);
    }

    // A thread may start another while this looks: one that inherited too much is met in the next pass.
    private static void Move(Func<int, bool> move)
    {
        bool hasMoved = true;
        for (int pass = 0; pass < PassesMax && hasMoved; pass++)
        {
            hasMoved = false;
            foreach (string path in Directory.EnumerateDirectories(TasksPath))
                hasMoved |= move(int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture));
        }
    }

    private bool Leave(int thread)
    {
        ulong[] wanted = ThreadAffinity.MaskOf(thread);
        bool isPinned = true;
        bool isApart = true;
        for (int i = 0; i < wanted.Length; i++)
        {
            isApart &= (wanted[i] & ~_rest[i]) == 0;
            wanted[i] &= _rest[i];
            isPinned &= wanted[i] == 0;
        }

        return !isApart && !isPinned && ThreadAffinity.TrySet(thread, wanted);
    }

    private bool Return(int thread) => ThreadAffinity.MaskOf(thread).AsSpan().SequenceEqual(_rest) && ThreadAffinity.TrySet(thread, _allowed);
}
