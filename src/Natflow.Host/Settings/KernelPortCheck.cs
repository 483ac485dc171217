namespace Natflow.Host.Settings;

/// <summary>Keeps the NAT's ports apart from those that the kernel gives to the box's own connections.</summary>
public static class KernelPortCheck
{
    private const string Key = "natflow.nat.ports";

    /// <summary>Compares the two ranges.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="kernelPorts">The kernel's <c>net.ipv4.ip_local_port_range</c>.</param>
    /// <param name="isOwnAddress">Whether a public address (host byte order) is one of the box's own; not asked where the public address is the uplink's.</param>
    /// <returns>The mistake, or null where the ranges are apart or no public address is the box's own.</returns>
    public static SettingsError? Check(NatflowSettings settings, PortRange kernelPorts, Func<uint, bool> isOwnAddress)
    {
        NatRuleSettings nat = settings.Nat;
        if (!nat.Ports.Overlaps(kernelPorts) || !(nat.PublicIsInterface || nat.PublicAddresses.Any(isOwnAddress)))
            return null;
        string apart = kernelPorts.First > 1024 ? $"1024-{kernelPorts.First - 1}" : $"{Math.Min(kernelPorts.Last + 1, ushort.MaxValue)}-65535";
        return new SettingsError(
            settings.Values[Key].Location,
            Key,
            $"expected ports apart from {kernelPorts}, which the kernel uses for the box's own connections from the same address: take {apart}, or change net.ipv4.ip_local_port_range");
    }
}
