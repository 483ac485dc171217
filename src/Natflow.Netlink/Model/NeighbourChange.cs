namespace Natflow.Netlink.Model;

/// <summary>A neighbour's MAC address became known, changed or was lost, its resolution failed, or what is known of it went stale.</summary>
/// <param name="LinkIndex">The link.</param>
/// <param name="Address">The neighbour.</param>
/// <param name="OldMacAddress">What frames were sent to before; 0 if nothing was known.</param>
/// <param name="NewMacAddress">What frames are to be sent to now; 0 if nothing is known.</param>
/// <param name="HasFailed">Whether the kernel asked and got no answer.</param>
public readonly record struct NeighbourChange(
    int LinkIndex, IpAddress Address, ulong OldMacAddress, ulong NewMacAddress, bool HasFailed)
{
    /// <summary>
    /// Whether the kernel has begun to doubt the address (NUD_STALE): it asks again when it next uses the entry itself, and not before. Whoever
    /// uses it in the kernel's place has to say so.
    /// </summary>
    public bool HasGoneStale { get; init; }

    /// <summary>Whether frames could be sent before and cannot now.</summary>
    public bool IsLost => OldMacAddress != 0 && NewMacAddress == 0;
}
