using System.Net.Sockets;
using System.Text;

namespace Natflow.Lab.Topology;

/// <summary>The socket that systemd gives to a service: hears what the service says of itself (sd_notify(3)).</summary>
internal sealed class NotifySocket : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly Queue<Dictionary<string, string>> _heard = [];

    /// <summary>Opens one.</summary>
    /// <param name="name">A path, or a name after '@' of an abstract socket.</param>
    internal NotifySocket(string name)
    {
        _socket.Bind(new UnixDomainSocketEndPoint(name[0] == '@' ? $"\0{name[1..]}" : name));
        _socket.ReceiveTimeout = 60_000;
    }

    /// <summary>The next message that holds a key; fails the test if none comes within a minute.</summary>
    internal Dictionary<string, string> Wait(string key)
    {
        byte[] buffer = new byte[4096];
        long start = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromMinutes(1))
        {
            string text = Encoding.UTF8.GetString(buffer, 0, _socket.Receive(buffer));
            var message = text.Split('\n').Select(static line => line.Split('=', 2)).ToDictionary(static pair => pair[0], static pair => pair[1], StringComparer.Ordinal);
            _heard.Enqueue(message);
            if (message.ContainsKey(key))
                return message;
        }

        throw new Xunit.Sdk.XunitException($"no {key} within a minute; heard: {string.Join(", ", Heard)}");
    }

    /// <summary>Keys of all messages until now, in order, watchdog apart.</summary>
    internal IEnumerable<string> Heard => _heard.Select(static message => message.Keys.First()).Where(static key => key != "WATCHDOG");

    /// <inheritdoc />
    public void Dispose() => _socket.Dispose();
}
