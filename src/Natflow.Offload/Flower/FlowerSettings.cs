namespace Natflow.Offload.Flower;

/// <summary>Ports, and what the driver behind them is known to want.</summary>
/// <param name="Ports">The gateway's ports whose driver takes rules.</param>
/// <param name="CapacityEntries">Rules to install at most; a flow needs two.</param>
/// <param name="Priority">Priority of IPv4 rules, 1 to 65,534; the next one is for IPv6.</param>
/// <param name="DecrementTtl">Whether the TTL is edited by a rule's own action. MediaTek's driver does it by itself and refuses the action; others need it.</param>
/// <param name="HasCounters">Whether the chip counts packets of a rule; MT7621 and MT7623 only know when the last one came.</param>
/// <param name="CountsLinkHeader">Whether counted bytes have the link header in them that the packets leave with.</param>
public sealed record FlowerSettings(
    IReadOnlyList<FlowerPort> Ports,
    int CapacityEntries = FlowerSettings.CapacityEntriesDefault,
    ushort Priority = FlowerSettings.PriorityDefault,
    bool DecrementTtl = false,
    bool HasCounters = true,
    bool CountsLinkHeader = true)
{
    /// <summary>A table of 16,384 entries, filled as far as most flows still find a place.</summary>
    public const int CapacityEntriesDefault = 12 << 10;

    /// <summary>Priority of IPv4 rules.</summary>
    public const ushort PriorityDefault = 100;

    /// <summary>The kernel holds one ethertype a priority.</summary>
    internal ushort PriorityOf(bool isIpv6) => (ushort)(Priority + (isIpv6 ? 1 : 0));
}
