namespace Natflow.Netlink.Sysctls;

/// <summary>What became of a wish about a kernel parameter.</summary>
/// <param name="Name">As asked, for example <c>net.ipv4.ip_forward</c>.</param>
/// <param name="Status">What became of it.</param>
/// <param name="Old">The value before; null if it could not be read.</param>
/// <param name="New">The value now; null if it could not be read.</param>
public sealed record SysctlResult(string Name, SysctlStatus Status, string? Old, string? New)
{
    /// <summary>One line for the operator.</summary>
    public override string ToString() => Status switch
    {
        SysctlStatus.Done when Old == New => $"{Name} is {New}",
        SysctlStatus.Done => $"{Name}: {Old} -> {New}",
        SysctlStatus.Unchanged => $"{Name} is {New} already",
        SysctlStatus.Missing => $"{Name}: this kernel does not have it",
        SysctlStatus.Denied => $"{Name}: permission denied; needs CAP_NET_ADMIN and a writable /proc/sys",
        SysctlStatus.Refused => $"{Name} stays {Old}: the kernel does not take the value",
        _ => $"{Name} is {New}, changed by others meanwhile: left alone",
    };
}
