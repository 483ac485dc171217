using System.Diagnostics;
using System.Net.Sockets;
using Natflow.Host.Live;

namespace Natflow.Host.Lab;

/// <summary>Waits for what a lab has started.</summary>
internal static class LabWait
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(60);

    /// <summary>Waits until something is ready.</summary>
    /// <param name="what">What, for the message.</param>
    /// <param name="log">Where it writes.</param>
    /// <param name="processes">What must not end meanwhile.</param>
    /// <param name="isReady">Whether it is.</param>
    /// <param name="clock">Time.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="LabException">A process ended, or it took too long: with what it said.</exception>
    internal static async Task For(string what, string log, IReadOnlyList<Process> processes, Func<bool> isReady, TimeProvider clock, CancellationToken cancellation)
    {
        long start = clock.GetTimestamp();
        using var timer = new PeriodicTimer(PollInterval, clock);
        while (!isReady())
        {
            if (processes.FirstOrDefault(static process => process.HasExited) is { } ended)
                throw new LabException($"{what} ended with {ended.ExitCode}: {Tail(log)}");
            if (clock.GetElapsedTime(start) > ReadyTimeout)
                throw new LabException($"{what} did not come up within {ReadyTimeout.TotalSeconds:0} s: {Tail(log)}");
            await timer.WaitForNextTickAsync(cancellation);
        }
    }

    /// <summary>Whether a gateway answers at the control socket of a run directory.</summary>
    internal static bool Answers(string runDirectory)
    {
        string path = GatewayRun.ControlPath(runDirectory);
        if (!File.Exists(path)) return false;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return true;
        }
        catch (SocketException)
        {
            return false; // Of a gateway that was killed.
        }
    }

    private static string Tail(string path) =>
        File.Exists(path) ? string.Join(Environment.NewLine, File.ReadLines(path).TakeLast(5)) : "it wrote nothing";
}
