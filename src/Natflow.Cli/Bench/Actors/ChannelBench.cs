using System.Threading.Channels;

namespace Natflow.Cli.Bench.Actors;

/// <summary>The workloads of <see cref="ActorSuite"/> on bare unbounded channels with one reader, and tasks on the same thread pool.</summary>
internal static class ChannelBench
{
    private static readonly object Message = new();

    private static readonly UnboundedChannelOptions OneReader = new() { SingleReader = true };

    /// <summary>One task writes, another reads.</summary>
    /// <returns>Messages per second, until the last one is read.</returns>
    internal static async Task<double> OneWay(int count)
    {
        var channel = Channel.CreateUnbounded<object>(OneReader);
        long start = TimeProvider.System.GetTimestamp();
        var writer = Task.Run(() =>
        {
            for (int i = 0; i < count; i++)
                channel.Writer.TryWrite(Message);
            channel.Writer.Complete();
        });
        await Task.Run(() => ReadAll(channel.Reader));
        TimeSpan elapsed = TimeProvider.System.GetElapsedTime(start);
        await writer;
        return count / elapsed.TotalSeconds;
    }

    /// <summary>Two tasks answer each other.</summary>
    /// <returns>Messages per second; a round trip is two.</returns>
    internal static async Task<double> PingPong(int roundTrips)
    {
        var there = Channel.CreateUnbounded<object>(OneReader);
        var back = Channel.CreateUnbounded<object>(OneReader);
        long start = TimeProvider.System.GetTimestamp();
        var echo = Task.Run(() => Echo(there.Reader, back.Writer));
        await Task.Run(async () =>
        {
            for (int i = 0; i < roundTrips; i++)
            {
                there.Writer.TryWrite(Message);
                await back.Reader.ReadAsync();
            }
        });
        TimeSpan elapsed = TimeProvider.System.GetElapsedTime(start);
        there.Writer.Complete();
        await echo;
        return 2.0 * roundTrips / elapsed.TotalSeconds;
    }

    /// <summary>One question after the other, each answered through a task completion source.</summary>
    internal static async Task<Latency> RoundTrip(int count)
    {
        var channel = Channel.CreateUnbounded<TaskCompletionSource<object>>(OneReader);
        var server = Task.Run(() => Answer(channel.Reader));
        long[] durations = new long[count];
        for (int i = 0; i < count; i++)
        {
            long start = TimeProvider.System.GetTimestamp();
            var question = new TaskCompletionSource<object>(TaskCreationOptions.RunContinuationsAsynchronously);
            channel.Writer.TryWrite(question);
            await question.Task;
            durations[i] = TimeProvider.System.GetTimestamp() - start;
        }

        channel.Writer.Complete();
        await server;
        return Latency.Of(durations);
    }

    private static async Task ReadAll(ChannelReader<object> reader)
    {
        while (await reader.WaitToReadAsync())
        {
            while (reader.TryRead(out _))
            {
            }
        }
    }

    private static async Task Echo(ChannelReader<object> reader, ChannelWriter<object> writer)
    {
        while (await reader.WaitToReadAsync())
        {
            while (reader.TryRead(out object? message))
                writer.TryWrite(message);
        }
    }

    private static async Task Answer(ChannelReader<TaskCompletionSource<object>> reader)
    {
        while (await reader.WaitToReadAsync())
        {
            while (reader.TryRead(out TaskCompletionSource<object>? question))
                question.SetResult(Message);
        }
    }
}
