using System.Globalization;
using Natflow.Memory;
using Natflow.Netlink.Model;
using Natflow.Policy;

namespace Natflow.Host.Live;

/// <summary>
/// Has threads of the kernel receive what arrives at an interface (threaded NAPI, Linux 5.12), so that the scheduler may put that work on an idle processor. Else
/// the interrupt's processor does it, and behind a veth the sender's. Until disposal, when the interface is as before.
/// </summary>
/// <remarks>The threads outlive a process that is killed: the interface works with them as without.</remarks>
internal sealed class ThreadedNapi : IDisposable
{
    private const string Interfaces = "/sys/class/net";
    private const string Off = "0";
    private const string On = "1";

    private readonly string _path;

    private ThreadedNapi(string path) => _path = path;

    /// <summary>Turns it on.</summary>
    /// <param name="link">The interface.</param>
    /// <param name="note">For the operator: that it is on, or why it is not.</param>
    /// <returns>What turns it off again; null where it is not on, or was on before.</returns>
    internal static ThreadedNapi? TryTurnOn(Link link, out string note)
    {
        string folder = Path.Combine(Interfaces, link.Name);
        string path = Path.Combine(folder, "threaded");
        try
        {
            // A process that entered the network namespace alone has the /sys of another.
            if (Read(folder, "ifindex") != link.Index.ToString(CultureInfo.InvariantCulture) || Read(folder, "address") != MacText.Print(link.MacAddress))
            {
                note = $"{link.Name}: no threaded NAPI: {folder} is of another network namespace; start the gateway with 'ip netns exec', or mount its sysfs";
                return null;
            }

            note = $"{link.Name}: threaded NAPI";
            if (Read(folder, "threaded") != Off)
                return null;
            File.WriteAllText(path, On);
            return new ThreadedNapi(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            note = $"{link.Name}: no threaded NAPI: {Explain(error, link.Name, path)}";
            return null;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        try
        {
            File.WriteAllText(_path, Off);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // The interface is gone, and its threads with it.
        }
    }

    private static string Explain(Exception error, string name, string path) => error switch
    {
        _ when !File.Exists(path) => $"{path} is not there; it needs Linux 5.12 and sysfs",
        IOException { HResult: Errno.NotSupported } => $"the interface has no NAPI; a veth gets it by 'ethtool -K {name} gro on'",
        _ => error.Message,
    };

    private static string Read(string folder, string name) => File.ReadAllText(Path.Combine(folder, name)).Trim();
}
