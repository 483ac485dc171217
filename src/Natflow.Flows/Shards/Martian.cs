namespace Natflow.Flows.Shards;

/// <summary>Addresses that a gateway must not forward (RFC 6890, RFC 1812 section 5.3.7). Host byte order.</summary>
internal static class Martian
{
    /// <summary>Multicast and limited broadcast destinations.</summary>
    internal static bool IsMulticastOrBroadcast(uint address) => address >> 28 == 0xE || address == uint.MaxValue;

    /// <summary>This network, loopback, link-local, multicast, reserved and broadcast.</summary>
    internal static bool IsNotForwardable(uint address) =>
        address >> 24 is 0 or 127 || address >> 28 is 0xE or 0xF || address >> 16 == 0xA9FE;
}
