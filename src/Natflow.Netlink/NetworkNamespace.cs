using System.Runtime.ExceptionServices;
using System.Runtime.InteropServices;
using Natflow.Memory;

namespace Natflow.Netlink;

/// <summary>
/// Network namespaces as <c>ip netns</c> keeps them: a file each in <c>/run/netns</c>. A socket belongs for life to the namespace of the
/// thread that opened it, and <c>/proc/sys/net</c> shows the namespace of the thread that looks.
/// </summary>
public static class NetworkNamespace
{
    private const string Folder = "/run/netns";

    /// <summary>Whether a namespace of that name is there.</summary>
    public static bool Exists(string name) => File.Exists(PathOf(name));

    /// <summary>Runs a delegate inside a namespace, on a thread of its own that ends with it, and waits for the result.</summary>
    /// <typeparam name="T">Type of the result.</typeparam>
    /// <param name="name">As <c>ip netns list</c> shows it.</param>
    /// <param name="body">
    /// What to do there. Only its own thread is inside: what it hands to the thread pool (<c>await</c>, tasks) runs outside.
    /// </param>
    /// <exception cref="NativeException">The namespace is not there, or CAP_SYS_ADMIN is missing.</exception>
    public static T Run<T>(string name, Func<T> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        string path = PathOf(name);
        T? result = default;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                Enter(path);
                result = body();
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception); // Thrown again on the caller's thread.
            }
        })
        {
            IsBackground = true,
            Name = $"netns {name}",
        };
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result!;
    }

    /// <inheritdoc cref="Run{T}" />
    public static void Run(string name, Action body)
    {
        ArgumentNullException.ThrowIfNull(body);
        _ = Run(name, () =>
        {
            body();
            return true;
        });
    }

    /// <summary>
    /// Moves the calling thread into a namespace, for good. For threads whose whole work is inside, such as a port's; never call it on
    /// a thread of the pool.
    /// </summary>
    /// <param name="name">As <c>ip netns list</c> shows it.</param>
    /// <exception cref="NativeException">The namespace is not there, or CAP_SYS_ADMIN is missing.</exception>
    public static void EnterOnThisThread(string name) => Enter(PathOf(name));

    private static void Enter(string path)
    {
        int fd = NetlinkNative.Open(path, NetlinkNative.OpenReadOnlyCloseOnExec);
        if (fd < 0)
            throw new NativeException("open", path);

        int result = NetlinkNative.SetNamespace(fd, NetlinkNative.CloneNewNet);
        int errno = Marshal.GetLastPInvokeError();
        _ = NetlinkNative.Close(fd);
        if (result != 0)
            throw new NativeException("setns", path, errno, "CAP_SYS_ADMIN");
    }

    private static string PathOf(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (name is "." or ".." || name.Contains('/', StringComparison.Ordinal) || name.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("is a file name in /run/netns", nameof(name));
        return Path.Combine(Folder, name);
    }
}
