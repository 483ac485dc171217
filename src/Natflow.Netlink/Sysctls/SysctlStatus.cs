namespace Natflow.Netlink.Sysctls;

/// <summary>What became of a wish about a kernel parameter.</summary>
public enum SysctlStatus : byte
{
    /// <summary>Read, or written.</summary>
    Done = 0,

    /// <summary>It had the wanted value already, and was left alone.</summary>
    Unchanged = 1,

    /// <summary>This kernel has no such parameter.</summary>
    Missing = 2,

    /// <summary>No permission: CAP_NET_ADMIN for net.*, root otherwise; or /proc/sys is mounted read-only, as in containers.</summary>
    Denied = 3,

    /// <summary>The kernel does not take the value.</summary>
    Refused = 4,

    /// <summary>At the time of restoring, it no longer had the value that was set: somebody else changed it, and it was left alone.</summary>
    ChangedByOthers = 5,
}
