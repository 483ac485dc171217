using System.Net.Sockets;
using Natflow.Actors.Event;
using Natflow.Gateway.Queues;
using Natflow.Gateway.Users;

namespace Natflow.Management.Devices;

/// <summary>The control devices and the event queues as Unix sockets in the run directory, each named as the original's device: <c>socat</c> in the place of a redirection.</summary>
public sealed class DeviceSockets : IAsyncDisposable
{
    private const int Backlog = 64;

    private readonly List<(Socket Listener, string Path, Task Serving)> _served = [];
    private readonly CancellationTokenSource _end = new();

    private DeviceSockets()
    {
    }

    /// <summary>Opens the sockets and serves.</summary>
    /// <param name="directory">The run directory; sockets that a dead process left are replaced.</param>
    /// <param name="users">Users and rules.</param>
    /// <param name="queues">Where events wait for readers.</param>
    /// <param name="log">Gets lines that were refused.</param>
    /// <exception cref="SocketException">A socket cannot be made there.</exception>
    public static DeviceSockets Start(string directory, UserControl users, EventQueues queues, ILoggingAdapter log)
    {
        var sockets = new DeviceSockets();
        foreach ((string name, ControlDevice device) in ControlDeviceNames.All)
            sockets.Open(Path.Combine(directory, name), new DeviceSession(name, device, users, log));
        foreach ((string name, EventQueue queue) in queues.All)
            sockets.Open(Path.Combine(directory, name), new QueueSession(name, queue, log, TimeProvider.System));
        return sockets;
    }

    /// <summary>Goes the way of a command once, with a line that says nothing, so that the first that counts finds its code compiled.</summary>
    /// <exception cref="SocketException">The sockets do not answer.</exception>
    public async Task WarmUp()
    {
        string name = ControlDeviceNames.All.First(static pair => pair.Value == ControlDevice.UserInfo).Key;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(_served.First(served => Path.GetFileName(served.Path) == name).Path));
        await socket.SendAsync("#\n"u8.ToArray());
        socket.Shutdown(SocketShutdown.Send);
        byte[] buffer = new byte[64];
        while (await socket.ReceiveAsync(buffer) > 0)
        {
            // What it says about a line that says nothing is of no interest; that it is done is.
        }
    }

    /// <summary>Ends all sessions and removes the sockets.</summary>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        foreach ((Socket listener, string path, Task serving) in _served)
        {
            listener.Dispose();
            await serving;
            File.Delete(path);
        }

        _end.Dispose();
    }

    private void Open(string path, IDeviceSession session)
    {
        File.Delete(path);
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
        listener.Listen(Backlog);
        _served.Add((listener, path, Serve(listener, session, _end.Token)));
    }

    private static async Task Serve(Socket listener, IDeviceSession session, CancellationToken end)
    {
        while (!end.IsCancellationRequested)
        {
            try
            {
                Socket client = await listener.AcceptAsync(end);
                _ = session.Run(client, end);
            }
            catch (Exception error) when (error is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                // The gateway ends, or a client left before it was served.
            }
        }
    }
}
