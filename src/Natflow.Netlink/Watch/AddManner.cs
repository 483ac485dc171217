using Natflow.Netlink.Messages;

namespace Natflow.Netlink.Watch;

/// <summary>How a route was added, as the flags of its notification tell.</summary>
internal enum AddManner
{
    /// <summary>Before those of the same metric (<c>ip route add</c>, <c>prepend</c>).</summary>
    Insert,

    /// <summary>After those of the same metric (<c>ip route append</c>); so do the entries of a dump stand.</summary>
    Append,

    /// <summary>In place of the first of the same metric (<c>ip route replace</c>, <c>change</c>).</summary>
    Replace,
}

/// <summary>Reads the manner from flags.</summary>
internal static class AddManners
{
    internal static AddManner Of(ushort flags)
    {
        if ((flags & MessageFlags.Replace) != 0) return AddManner.Replace;
        return (flags & MessageFlags.Append) != 0 ? AddManner.Append : AddManner.Insert;
    }
}
