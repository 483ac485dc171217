using System.Net.Sockets;
using System.Text;
using Natflow.Actors.Event;
using Natflow.Gateway.Queues;
using Natflow.Policy.Control;

namespace Natflow.Management.Devices;

/// <summary>
/// Serves one event queue: its reader says <c>cache=N</c> and gets records as they come, whole and back to back, each with its length in it. A second reader is
/// answered EBUSY, another line EINVAL, as the original's calls are. A reader that stops reading loses what its cache does not hold.
/// </summary>
internal sealed class QueueSession(string name, EventQueue queue, ILoggingAdapter log, TimeProvider clock) : IDeviceSession
{
    private const int BufferBytes = 8192;

    // Who has closed its sending side may read on; whether it is still there shows when something is sent.
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    /// <inheritdoc />
    public async Task Run(Socket client, CancellationToken end)
    {
        using (client)
        {
            bool isReader = queue.TryOpen();
            try
            {
                if (isReader)
                    await Serve(client, end);
                else
                    await client.SendAsync("EBUSY\n"u8.ToArray(), end);
                client.Shutdown(SocketShutdown.Both);
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException)
            {
                log.Debug("{0}: a reader's session ended: {1}", name, error.Message);
            }
            finally
            {
                if (isReader)
                    queue.Close();
            }
        }
    }

    private async Task Serve(Socket client, CancellationToken end)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(end);
        Task sending = Send(client, ended.Token);
        Task reading = Read(client, ended.Token);
        await Task.WhenAny(sending, reading); // Reading ends with an error or never: a closed side is looked at again and again.
        await ended.CancelAsync();
        await Task.WhenAll(sending, reading);
    }

    private async Task Send(Socket client, CancellationToken end)
    {
        while (true)
        {
            if (queue.TryTake(out Task more) is { } record)
                await SendAll(client, record, end);
            else
                await more.WaitAsync(end);
        }
    }

    private async Task Read(Socket client, CancellationToken end)
    {
        byte[] buffer = new byte[BufferBytes];
        var lines = new ControlLines();
        for (int count; (count = await client.ReceiveAsync(buffer, end)) > 0;)
        {
            for (ReadOnlyMemory<byte> rest = buffer.AsMemory(0, count); !rest.IsEmpty;)
            {
                ControlResult result = lines.Take(rest.Span, out int consumed, out string? line);
                rest = rest[consumed..];
                if (line is not null)
                    result = Apply(line);
                if (!result.IsTaken)
                    await Refuse(client, result, end);
            }
        }

        using var timer = new PeriodicTimer(LookInterval, clock);
        do
        {
            client.Send(ReadOnlySpan<byte>.Empty); // Fails when the other side has gone.
        }
        while (await timer.WaitForNextTickAsync(end));
    }

    private ControlResult Apply(string line)
    {
        ControlResult result = QueueCommand.Parse(line, out uint cacheCount);
        if (result.IsTaken)
            queue.SetCache(cacheCount);
        return result;
    }

    private async Task Refuse(Socket client, ControlResult result, CancellationToken end)
    {
        log.Warning("{0}: {1}", name, result.Error);
        await SendAll(client, Encoding.ASCII.GetBytes("EINVAL\n"), end);
    }

    private static async Task SendAll(Socket client, ReadOnlyMemory<byte> bytes, CancellationToken end)
    {
        while (!bytes.IsEmpty)
            bytes = bytes[await client.SendAsync(bytes, end)..];
    }
}
