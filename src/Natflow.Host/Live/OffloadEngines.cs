using Natflow.Bpf;
using Natflow.Flows;
using Natflow.Flows.Users;
using Natflow.Gateway.Live;
using Natflow.Gateway.Ppe;
using Natflow.Host.Settings;
using Natflow.Memory;
using Natflow.Offload.Flower;
using Natflow.Offload.Xdp;

namespace Natflow.Host.Live;

/// <summary>Opens the PPE that the operator wants, or says why it cannot.</summary>
internal static class OffloadEngines
{
    private const int EntriesPerFlow = 2;
    private const int Ipv6Divisor = 4; // The reference says so at offload.flows.

    /// <summary>The soft PPE, which has to be there before the ports.</summary>
    /// <param name="settings">The operator's.</param>
    /// <param name="nat">A shard's.</param>
    /// <param name="clock">The system's.</param>
    /// <returns>Null where another engine is wanted.</returns>
    /// <exception cref="GatewayException">A zone that it cannot tell from the outside.</exception>
    /// <exception cref="BpfException">The kernel refuses.</exception>
    internal static XdpPpe? OpenSoft(NatflowSettings settings, NatSettings nat, TimeProvider clock)
    {
        if (settings.Offload.Engine is not (OffloadEngine.Xdp or OffloadEngine.Tc))
            return null;
        if (settings.Ports.Lan.FirstOrDefault(static lan => lan.Zone > OffloadPlan.ZoneMax) is { } lan)
            throw new GatewayException($"{lan.Interface}: zone {lan.Zone} with the soft PPE: use 0 to {OffloadPlan.ZoneMax}");
        try
        {
            return Open(settings, nat, clock);
        }
        catch (IOException error)
        {
            throw new GatewayException($"offload.pin-directory {settings.Offload.PinDirectory}: {error.Message}");
        }
    }

    private static XdpPpe Open(NatflowSettings settings, NatSettings nat, TimeProvider clock) =>
        XdpPpe.Open(
            new XdpPpeSettings
            {
                Hook = settings.Offload.Engine == OffloadEngine.Tc ? PpeHook.Tc : PpeHook.Xdp,
                EntriesIpv4Max = settings.Offload.Flows * EntriesPerFlow,
                EntriesIpv6Max = settings.Offload.Flows * EntriesPerFlow / Ipv6Divisor,
                PoliciesMax = PolicyTable.UserBase + (nat.UserCapacity * nat.ShardCount),
                PinFolder = IsPinned(settings) ? settings.Offload.PinDirectory : null,
            },
            clock);

    /// <summary>Whether the soft PPE outlives the gateway.</summary>
    internal static bool IsPinned(NatflowSettings settings) =>
        !settings.Cluster.IsEnabled && settings.Offload is { Engine: OffloadEngine.Xdp, PinDirectory.Length: > 0 } && settings.Gateway.RestartWindow > TimeSpan.Zero;

    /// <summary>Rules for the ports' driver, where it takes them.</summary>
    /// <param name="settings">The operator's.</param>
    /// <param name="ports">The gateway's.</param>
    /// <returns>Null where another engine is wanted.</returns>
    /// <exception cref="GatewayException">No driver takes them.</exception>
    /// <exception cref="NativeException">No descriptors left.</exception>
    internal static FlowerPpe? OpenFlower(NatflowSettings settings, IReadOnlyList<LivePort> ports)
    {
        if (settings.Offload.Engine != OffloadEngine.Flower)
            return null;
        FlowerPort[] all = [.. ports.Select(static port => new FlowerPort(port.PortIndex, port.InterfaceIndex, port.InterfaceName))];
        var ppe = new FlowerPpe(new FlowerSettings(all, Math.Min(settings.Offload.Flows * EntriesPerFlow, FlowerSettings.CapacityEntriesDefault)));
        if (ppe.Probe(all[0], all[^1]))
            return ppe;
        string? reason = ppe.LastError;
        ppe.Dispose();
        throw new GatewayException($"offload.engine = flower: {all[0].InterfaceName} takes no rules: {reason}; use none, xdp or tc");
    }

    /// <summary>Policy records for an engine that does not bring its own.</summary>
    internal static PolicyTable MakePolicies(NatSettings nat) => new(PolicyTable.UserBase + (nat.UserCapacity * nat.ShardCount));
}
