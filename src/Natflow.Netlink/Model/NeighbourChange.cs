namespace Natflow.Netlink.Model;

/// <summary>A neighbour's MAC address became known, changed or was lost, or its resolution failed.</summary>
/// <param name="LinkIndex">The link.</param>
/// <param name="Address">The neighbour.</param>
/// <param name="OldMacAddress">What frames were sent to before; 0 if nothing was known.</param>
/// <param name="NewMacAddress">What frames are to be sent to now; 0 if nothing is known.</param>
/// <param name="HasFailed">Whether the kernel asked and got no answer.</param>
public readonly record struct NeighbourChange(
    int LinkIndex, IpAddress Address, ulong OldMacAddress, ulong NewMacAddress, bool HasFailed)
{
    /// <summary>Whether frames could be sent before and cannot now.</summary>
    public bool IsLost => OldMacAddress != 0 && NewMacAddress == 0;
}
