using Natflow.Netlink.Model;

namespace Natflow.Gateway.Live;

/// <summary>Asks the kernel to resolve a neighbour; never waits.</summary>
/// <param name="linkIndex">The link.</param>
/// <param name="address">The neighbour.</param>
/// <param name="isLost">Whether the kernel has lost it since it was asked last.</param>
public delegate void NeighbourQuestion(int linkIndex, IpAddress address, bool isLost);
