using System.Net.Sockets;
using System.Text;
using Natflow.Actors.Event;
using Natflow.Gateway.Users;
using Natflow.Policy.Control;

namespace Natflow.Management.Devices;

/// <summary>
/// Serves one device. Who writes lines has them taken one by one, each answered as the original's write was: silence for success, the error's name for a failure.
/// Who writes nothing reads the dump. A line that comes after all, of a script on a busy box, is taken still.
/// </summary>
internal sealed class DeviceSession(string name, ControlDevice device, UserControl users, ILoggingAdapter log) : IDeviceSession
{
    private const int BufferBytes = 8192;

    // A reader that keeps its sending side open says nothing for so long.
    private static readonly TimeSpan ReaderWait = TimeSpan.FromMilliseconds(250);

    // A reader that has its dump closes at once; who has not yet written what it came for has so long.
    private static readonly TimeSpan LateWait = TimeSpan.FromSeconds(10);

    /// <inheritdoc />
    public async Task Run(Socket client, CancellationToken end)
    {
        using (client)
        {
            try
            {
                byte[] buffer = new byte[BufferBytes];
                int first = await FirstBytes(client, buffer, end);
                if (first > 0)
                    await Write(client, buffer, first, end);
                else
                    await Read(client, buffer, end);
                client.Shutdown(SocketShutdown.Both);
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException or Actors.AskTimeoutException)
            {
                log.Debug("{0}: a client's session ended: {1}", name, error.Message);
            }
        }
    }

    private static async Task<int> FirstBytes(Socket client, byte[] buffer, CancellationToken end)
    {
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(end);
        wait.CancelAfter(ReaderWait);
        try
        {
            return await client.ReceiveAsync(buffer, wait.Token);
        }
        catch (OperationCanceledException) when (!end.IsCancellationRequested)
        {
            return 0;
        }
    }

    private async Task Read(Socket client, byte[] buffer, CancellationToken end)
    {
        await client.SendAsync(Encoding.Latin1.GetBytes(await users.Dump(device, DumpFormat.Original)), end);
        client.Shutdown(SocketShutdown.Send);
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(end);
        wait.CancelAfter(LateWait);
        await Write(client, buffer, await client.ReceiveAsync(buffer, wait.Token), wait.Token, isHeard: false);
    }

    private async Task Write(Socket client, byte[] buffer, int count, CancellationToken end, bool isHeard = true)
    {
        var lines = new ControlLines();
        for (; count > 0; count = await client.ReceiveAsync(buffer, end))
        {
            for (ReadOnlyMemory<byte> rest = buffer.AsMemory(0, count); !rest.IsEmpty;)
            {
                ControlResult result = lines.Take(rest.Span, out int consumed, out string? line);
                rest = rest[consumed..];
                if (line is not null)
                    result = await Apply(line);
                if (result.IsTaken)
                    continue;
                log.Warning("{0}: {1}", name, result.Error);
                if (isHeard && result.Errno != ControlErrno.None)
                    await client.SendAsync(Encoding.ASCII.GetBytes($"{NameOf(result.Errno)}\n"), end);
            }
        }
    }

    private async Task<ControlResult> Apply(string line)
    {
        ControlLinesAnswer answer = await users.Write(device, [line], isWhole: false);
        return answer.Refused.IsEmpty ? ControlResult.Taken : new ControlResult(answer.Refused[0].Errno, answer.Refused[0].Error);
    }

    private static string NameOf(ControlErrno errno) => errno switch
    {
        ControlErrno.NotPermitted => "EPERM",
        ControlErrno.NotFound => "ENOENT",
        ControlErrno.Again => "EAGAIN",
        ControlErrno.NoMemory => "ENOMEM",
        ControlErrno.Busy => "EBUSY",
        ControlErrno.NoDevice => "ENODEV",
        _ => "EINVAL",
    };
}
