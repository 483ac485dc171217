namespace Natflow.Host.Live;

/// <summary>Which interfaces bring frames whose sender left the checksum to hardware that is not there.</summary>
internal static class PartialChecksums
{
    private static readonly string[] Paravirtual = ["virtio_net", "xen_netfront", "vif", "hv_netvsc"];

    /// <summary>Whether such frames may arrive: from a neighbour in the same machine, over veth, tap, a bridge or a paravirtual device.</summary>
    /// <param name="interfaceName">In the mount namespace's <c>/sys</c>.</param>
    internal static bool MayArriveOn(string interfaceName)
    {
        string driver = Path.Combine("/sys/class/net", interfaceName, "device", "driver");
        FileSystemInfo? target = Directory.Exists(driver) ? Directory.ResolveLinkTarget(driver, returnFinalTarget: true) : null;
        return target is null || Paravirtual.Contains(target.Name, StringComparer.Ordinal);
    }
}
