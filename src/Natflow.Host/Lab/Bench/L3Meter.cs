using System.Globalization;
using Natflow.Netlink;

namespace Natflow.Host.Lab.Bench;

/// <summary>
/// L3 bits a second that reach an interface, by the kernel's own counters: headers and repeated segments count, as they do in a user's meter, and what waits in sockets does not.
/// </summary>
internal static class L3Meter
{
    private const string Interface = "eth0";
    private const int EthernetBytes = 14;
    private const int BytesColumn = 0;
    private const int PacketsColumn = 1;

    /// <summary>Measures for a while.</summary>
    /// <param name="host">Namespace of the receiver.</param>
    /// <param name="settle">Time before the window: what a silent user has in hand is spent by then.</param>
    /// <param name="window">The window.</param>
    internal static double Measure(string host, TimeSpan settle, TimeSpan window)
    {
        using var never = new ManualResetEvent(initialState: false);
        _ = never.WaitOne(settle);
        (long before, long start) = Read(host);
        _ = never.WaitOne(window);
        (long after, long end) = Read(host);
        return (after - before) * 8 / TimeProvider.System.GetElapsedTime(start, end).TotalSeconds;
    }

    private static (long Bytes, long Timestamp) Read(string host) => NetworkNamespace.Run(host, static () =>
    {
        string row = File.ReadLines("/proc/thread-self/net/dev").First(static line => line.TrimStart().StartsWith(Interface + ":", StringComparison.Ordinal));
        long timestamp = TimeProvider.System.GetTimestamp();
        string[] received = row[(row.IndexOf(':', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        long packets = long.Parse(received[PacketsColumn], CultureInfo.InvariantCulture);
        return (long.Parse(received[BytesColumn], CultureInfo.InvariantCulture) - (packets * EthernetBytes), timestamp);
    });
}
