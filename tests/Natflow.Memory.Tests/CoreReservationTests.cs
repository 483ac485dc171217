using System.Globalization;

namespace Natflow.Memory.Tests;

/// <summary>The reservation is of the whole process: these tests run one after the other, and leave all threads where they were.</summary>
public sealed class CoreReservationTests
{
    private static readonly int[] Cpus = Allowed("/proc/self/status");

    [Fact]
    public void TryMake_OneOfSeveralCores_KeepsThreadsOffItUntilDisposed()
    {
        if (Cpus.Length < 2)
            return; // There is no core to keep for others.
        int reserved = Cpus[0];
        using var pinned = new PinnedThread(reserved);
        using (CoreReservation? reservation = CoreReservation.TryMake([reserved]))
        {
            Assert.NotNull(reservation);
            Assert.Equal(Cpus[1..], Allowed("/proc/self/status"));
            Assert.Equal(Cpus[1..], AllowedOfNewThread());
            Assert.Equal([reserved], pinned.Allowed()); // A worker stays where it pinned itself.
        }

        Assert.Equal(Cpus, Allowed("/proc/self/status"));
        Assert.Equal(Cpus, AllowedOfNewThread());
        Assert.Equal([reserved], pinned.Allowed());
    }

    [Fact]
    public void TryMake_AllCores_ChangesNothing()
    {
        Assert.Null(CoreReservation.TryMake(Cpus));
        Assert.Equal(Cpus, Allowed("/proc/self/status"));
    }

    [Fact]
    public void TryMake_NoneOrUnknownCores_ChangesNothing()
    {
        Assert.Null(CoreReservation.TryMake([]));
        Assert.Null(CoreReservation.TryMake([-1, 1023, 1024]));
        Assert.Equal(Cpus, Allowed("/proc/self/status"));
    }

    private static int[] AllowedOfNewThread()
    {
        int[] allowed = [];
        var thread = new Thread(() => allowed = Allowed("/proc/thread-self/status"));
        thread.Start();
        thread.Join();
        return allowed;
    }

    private static int[] Allowed(string path)
    {
        string line = File.ReadLines(path).First(static line => line.StartsWith("Cpus_allowed_list:", StringComparison.Ordinal));
        return [.. line[(line.IndexOf('\t', StringComparison.Ordinal) + 1)..].Split(',').SelectMany(static part =>
        {
            int[] ends = [.. part.Split('-').Select(static number => int.Parse(number, CultureInfo.InvariantCulture))];
            return Enumerable.Range(ends[0], ends[^1] - ends[0] + 1);
        })];
    }

    private sealed class PinnedThread : IDisposable
    {
        private readonly ManualResetEventSlim _end = new();
        private readonly Thread _thread;
        private string _path = "";

        internal PinnedThread(int cpu)
        {
            using var started = new ManualResetEventSlim();
            _thread = new Thread(() =>
            {
                Assert.True(ThreadAffinity.TryPin(cpu));
                _path = Path.GetFullPath(Path.Combine("/proc", new FileInfo("/proc/thread-self").LinkTarget!, "status"));
                started.Set();
                _end.Wait();
            });
            _thread.Start();
            started.Wait();
        }

        public void Dispose()
        {
            _end.Set();
            _thread.Join();
            _end.Dispose();
        }

        internal int[] Allowed() => CoreReservationTests.Allowed(_path);
    }
}
