namespace Natflow.Host.Cluster;

/// <summary>
/// A shard's own link address, the same on whichever node has it, as VRRP has one a router (RFC 5798 section 7.3): hosts know it through every takeover, and only
/// switches learn where it is now. Locally administered: 0A-4E-46, two bytes of the cluster, the shard.
/// </summary>
internal static class VirtualMac
{
    private const ulong Prefix = 0x0A4E_4600_0000; // Bit 1 of the first byte: given by nobody (IEEE 802 section 8.4).

    /// <summary>The address.</summary>
    /// <param name="seed">The cluster's, so that two clusters of one segment differ, as a rule.</param>
    /// <param name="shard">0 to 255.</param>
    internal static ulong Of(ulong seed, int shard) => Prefix | (((seed ^ (seed >> 16) ^ (seed >> 32) ^ (seed >> 48)) & 0xFFFF) << 8) | (byte)shard;
}
