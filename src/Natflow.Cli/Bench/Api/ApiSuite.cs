using System.Globalization;
using Natflow.Cli.Bench.Actors;
using Natflow.Memory;

namespace Natflow.Cli.Bench.Api;

/// <summary>
/// <c>natflow bench api</c>: pages of 50 subscribers out of a million, asked for at a steady rate over loopback beside a worker that forwards all it can;
/// and many event streams. The worker has core 0; everything else, the clients too, shares core 1 where there is one: the figures are those of both together.
/// </summary>
internal static class ApiSuite
{
    private const int UserCount = 1_000_000;
    private const int RequestsPerSecond = 2000;
    private const int ClientCount = 32;
    private const int StreamCount = 200;
    private const int ApiCpu = 1;
    private const int PageBytesMin = 1000;
    private const int PageBytesMax = 256 * 1024;

    private static readonly TimeSpan Span = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(8); // Until code that runs often is compiled for that.

    /// <summary>Runs it.</summary>
    /// <param name="progress">Told what is measured.</param>
    internal static async Task<IReadOnlyList<BenchRow>> Run(Action<string> progress)
    {
        ThreadAffinity.TryPin(ApiCpu); // Before the pool has threads: those that this one starts stay beside it.
        string users = UserCount.ToString(CultureInfo.InvariantCulture);
        progress($"opening flows of {users} subscribers");
        await using ApiBenchRig rig = await ApiBenchRig.Start(UserCount);
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = ClientCount + StreamCount + 1 }) { BaseAddress = rig.Root };
        await Ask(http, WarmUp);
        progress("requests, the worker idle");
        ApiLoad idle = await Ask(http, Span);
        progress("forwarding alone");
        rig.Forward();
        await ForwardedFor(rig, TimeSpan.FromSeconds(1));
        double before = await ForwardedFor(rig, Span);
        progress("requests beside forwarding");
        Task<ApiLoad> asking = Ask(http, Span);
        double beside = await ForwardedFor(rig, Span);
        ApiLoad load = await asking;
        double after = await ForwardedFor(rig, Span);
        progress($"{StreamCount} event streams beside forwarding");
        Task<double> following = Follow(http);
        double besideStreams = await ForwardedFor(rig, Span);
        double events = await following;
        double alone = (before + after) / 2;
        return
        [
            new($"users={users} page=50 idle", "requests/s", idle.PerSecond),
            new($"users={users} page=50 idle p99", "ms", idle.Latency.P99 / 1e6),
            new($"users={users} page=50 forwarding", "requests/s", load.PerSecond, idle.PerSecond),
            new($"users={users} page=50 forwarding p50", "ms", load.Latency.P50 / 1e6, idle.Latency.P50 / 1e6),
            new($"users={users} page=50 forwarding p99", "ms", load.Latency.P99 / 1e6, idle.Latency.P99 / 1e6),
            new("forwarding beside requests", "Mpacket/s", beside / 1e6, alone / 1e6),
            new("forwarding lost to requests", "%", 100 * (1 - (beside / alone))),
            new($"streams={StreamCount} forwarding", "events/s a stream", events),
            new("forwarding lost to streams", "%", 100 * (1 - (besideStreams / alone))),
        ];
    }

    // Each client has its own times to ask at; one that is late asks at once, and its lateness counts.
    private static async Task<ApiLoad> Ask(HttpClient http, TimeSpan span)
    {
        long start = TimeProvider.System.GetTimestamp();
        long[][] durations = await Task.WhenAll(Enumerable.Range(0, ClientCount).Select(client => Task.Run(() => AskAsClient(http, client, start, span))));
        long[] all = [.. durations.SelectMany(static one => one)];
        return new ApiLoad(all.Length / TimeProvider.System.GetElapsedTime(start).TotalSeconds, Latency.Of(all));
    }

    private static async Task<long[]> AskAsClient(HttpClient http, int client, long start, TimeSpan span)
    {
        long between = TimeProvider.System.TimestampFrequency * ClientCount / RequestsPerSecond;
        long end = start + (long)(span.TotalSeconds * TimeProvider.System.TimestampFrequency);
        var durations = new List<long>();
        byte[] buffer = new byte[PageBytesMax];
        for (long due = start + (between * client / ClientCount); due < end; due += between)
        {
            TimeSpan wait = TimeProvider.System.GetElapsedTime(TimeProvider.System.GetTimestamp(), due);
            if (wait > TimeSpan.Zero)
                await Task.Delay(wait, TimeProvider.System);
            long asked = Math.Min(due + (TimeProvider.System.TimestampFrequency / 500), TimeProvider.System.GetTimestamp()); // The timer's own lateness of up to 2 ms is none of the server's.
            await ReadPage(http, buffer);
            durations.Add(TimeProvider.System.GetTimestamp() - asked);
        }

        return [.. durations];
    }

    private static async Task ReadPage(HttpClient http, byte[] buffer)
    {
        await using Stream page = await http.GetStreamAsync("/api/v1/users?limit=50");
        int length = await page.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false);
        if (length < PageBytesMin || length == buffer.Length)
            throw new InvalidOperationException("a page without its rows");
    }

    private static async Task<double> ForwardedFor(ApiBenchRig rig, TimeSpan span)
    {
        long start = TimeProvider.System.GetTimestamp();
        long count = rig.ForwardedCount;
        await Task.Delay(span, TimeProvider.System);
        return (rig.ForwardedCount - count) / TimeProvider.System.GetElapsedTime(start).TotalSeconds;
    }

    private static async Task<double> Follow(HttpClient http)
    {
        using var end = new CancellationTokenSource(Span, TimeProvider.System);
        int[] events = await Task.WhenAll(Enumerable.Range(0, StreamCount).Select(_ => FollowOne(http, end.Token)));
        return events.Average() / Span.TotalSeconds;
    }

    private static async Task<int> FollowOne(HttpClient http, CancellationToken end)
    {
        int count = 0;
        try
        {
            using var reader = new StreamReader(await http.GetStreamAsync("/api/v1/streams/overview", end));
            while (await reader.ReadLineAsync(end) is { } line)
                count += line.StartsWith("data: ", StringComparison.Ordinal) ? 1 : 0;
        }
        catch (OperationCanceledException)
        {
            // The end of the measurement.
        }

        return count;
    }

    private sealed record ApiLoad(double PerSecond, Latency Latency);
}
