using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Http;
using Natflow.Management.Control;

namespace Natflow.Management.Api.Live;

/// <summary>Sends a ring as server-sent events (WHATWG HTML section 9.2), from Last-Event-ID on.</summary>
internal sealed class StreamSender(TimeProvider clock)
{
    private const int StreamsMax = 512;

    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(15);

    private int _streams;

    /// <summary>Streams that run.</summary>
    internal int Count => Volatile.Read(ref _streams);

    /// <summary>Sends until the client leaves or the server ends.</summary>
    internal async Task Send(HttpContext context, EventRing ring, CancellationToken stopping)
    {
        string last = context.Request.Headers["Last-Event-ID"].ToString();
        if (last.Length != 0 && (!long.TryParse(last, NumberStyles.None, CultureInfo.InvariantCulture, out long known) || known < 0))
        {
            await ProblemAnswer.Of(StatusCodes.Status400BadRequest, "Last-Event-ID: the id of an event is needed").ExecuteAsync(context);
            return;
        }

        if (Interlocked.Increment(ref _streams) > StreamsMax)
        {
            Interlocked.Decrement(ref _streams);
            await ProblemAnswer.Of(StatusCodes.Status429TooManyRequests, $"more than {StreamsMax} streams").ExecuteAsync(context);
            return;
        }

        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        try
        {
            context.Response.ContentType = "text/event-stream";
            long after = last.Length == 0 ? Math.Max(0, ring.LastId - 1) : long.Parse(last, CultureInfo.InvariantCulture);
            await Follow(context.Response, ring, after, end.Token);
        }
        catch (Exception error) when (error is OperationCanceledException or IOException)
        {
            // The client left, or the server ends.
        }
        finally
        {
            Interlocked.Decrement(ref _streams);
        }
    }

    private async Task Follow(HttpResponse response, EventRing ring, long after, CancellationToken end)
    {
        await response.Body.WriteAsync("retry: 2000\n\n"u8.ToArray(), end);
        await response.Body.FlushAsync(end);
        while (true)
        {
            IReadOnlyList<StreamEvent> events = ring.Take(after, out Task more);
            foreach (StreamEvent one in events)
            {
                await response.Body.WriteAsync(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"id: {one.Id}\ndata: ")), end);
                await response.Body.WriteAsync(one.Json, end);
                await response.Body.WriteAsync("\n\n"u8.ToArray(), end);
                after = one.Id;
            }

            if (events.Count != 0)
                await response.Body.FlushAsync(end);
            else
                await Wait(response, more, end);
        }
    }

    // A comment now and then finds clients that left without a word.
    private async Task Wait(HttpResponse response, Task more, CancellationToken end)
    {
        try
        {
            await more.WaitAsync(KeepAlive, clock, end);
        }
        catch (TimeoutException)
        {
            await response.Body.WriteAsync(":\n\n"u8.ToArray(), end);
            await response.Body.FlushAsync(end);
        }
    }
}
