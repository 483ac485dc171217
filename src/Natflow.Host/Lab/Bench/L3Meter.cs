using System.Globalization;
using Natflow.Netlink;

namespace Natflow.Host.Lab.Bench;

/// <summary>
/// L3 bits a second that reach an interface, by the kernel's own counters: headers and repeated segments count, as they do in a user's meter, and what waits in sockets does not.
/// </summary>
/// <remarks>
/// The switch's end of the gateway's veth joins segments of TCP (GRO, without which it takes nothing from XDP) before the host's interface counts them: the headers
/// that are gone by that are added, by the sockets' own count of segments.
/// </remarks>
internal static class L3Meter
{
    private const string Interface = "eth0";
    private const string SegmentsWord = "segs_in:"; // Of tcp_info, as ss prints it.
    private const int EthernetBytes = 14;
    private const int TcpHeaderBytes = 52; // IPv4 and TCP with time stamps, as Linux sends data.
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
        Reading before = Read(host);
        _ = never.WaitOne(window);
        Reading after = Read(host);
        long packets = after.Packets - before.Packets;
        long joined = Math.Max(0, after.TcpSegments - before.TcpSegments - packets);
        long bytes = after.Bytes - before.Bytes - (packets * EthernetBytes) + (joined * TcpHeaderBytes);
        return bytes * 8 / TimeProvider.System.GetElapsedTime(before.Timestamp, after.Timestamp).TotalSeconds;
    }

    private static Reading Read(string host)
    {
        string[] words = LabTool.Run(["ip", "netns", "exec", host, "ss", "-tinH"]).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        long segments = words.Where(static word => word.StartsWith(SegmentsWord, StringComparison.Ordinal)).Sum(static word => Number(word.AsSpan(SegmentsWord.Length)));
        return NetworkNamespace.Run(host, () =>
        {
            string row = File.ReadLines("/proc/thread-self/net/dev").First(static line => line.TrimStart().StartsWith(Interface + ":", StringComparison.Ordinal));
            long timestamp = TimeProvider.System.GetTimestamp();
            string[] received = row[(row.IndexOf(':', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return new Reading(Number(received[BytesColumn]), Number(received[PacketsColumn]), segments, timestamp);
        });
    }

    private static long Number(ReadOnlySpan<char> text) => long.Parse(text, CultureInfo.InvariantCulture);

    private readonly record struct Reading(long Bytes, long Packets, long TcpSegments, long Timestamp);
}
