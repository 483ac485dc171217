namespace Natflow.Netlink.Watch;

/// <summary>How a watcher watches.</summary>
public sealed record NetworkWatcherSettings
{
    /// <summary>The namespace to watch, as <c>ip netns list</c> shows it; null is that of the thread that starts the watcher.</summary>
    public string? NamespaceName { get; init; }

    /// <summary>
    /// Receive buffer of the notifications in bytes. A notification takes about 1 KiB of it; beyond <c>net.core.rmem_max</c> needs CAP_NET_ADMIN.
    /// </summary>
    public int ReceiveBufferBytes { get; init; } = 32 << 20;

    /// <summary>A burst ends when nothing came for so long; milliseconds, 1 or more.</summary>
    public int QuietMilliseconds { get; init; } = 1;

    /// <summary>A burst is published at the latest so long after its first notification; milliseconds.</summary>
    public int BurstMillisecondsMax { get; init; } = 10;
}
