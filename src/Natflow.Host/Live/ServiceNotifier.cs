using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Natflow.Host.Live;

/// <summary>Tells systemd how the service is (sd_notify(3)); does nothing where no socket is given.</summary>
internal static class ServiceNotifier
{
    private const string Variable = "NOTIFY_SOCKET";

    /// <summary>Forwarding has begun, or goes on after a reload.</summary>
    internal static void Ready(string status) => Send($"READY=1\nSTATUS={status}");

    /// <summary>A reload begins.</summary>
    /// <param name="monotonicMicroseconds">CLOCK_MONOTONIC now, as Type=notify-reload wants it (systemd 253).</param>
    internal static void Reloading(long monotonicMicroseconds) =>
        Send(string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={monotonicMicroseconds}"));

    /// <summary>The end begins.</summary>
    internal static void Stopping() => Send("STOPPING=1");

    /// <summary>Every shard answers.</summary>
    internal static void Alive() => Send("WATCHDOG=1");

    private static void Send(string message)
    {
        if (Environment.GetEnvironmentVariable(Variable) is not { Length: > 1 } path)
            return;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
        try
        {
            socket.SendTo(Encoding.UTF8.GetBytes(message), new UnixDomainSocketEndPoint(path[0] == '@' ? $"\0{path[1..]}" : path));
        }
        catch (SocketException)
        {
            // Nobody listens: the service runs all the same.
        }
    }
}
