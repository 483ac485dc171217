using Natflow.Core;
using Natflow.Gateway.Views.Scan;

namespace Natflow.Management.Api.Models;

/// <summary>A port block that a subscriber holds.</summary>
/// <param name="PublicAddress">Its address.</param>
/// <param name="FirstPort">Its first port.</param>
/// <param name="LastPort">Its last port.</param>
/// <param name="User">The subscriber's address.</param>
/// <param name="Zone">The subscriber's zone.</param>
/// <param name="PortsTaken">Ports in use, each protocol's counted.</param>
public sealed record PortBlockModel(string PublicAddress, int FirstPort, int LastPort, string User, int Zone, int PortsTaken)
{
    /// <summary>The model of a view.</summary>
    internal static PortBlockModel Of(PortBlockView block) => new(
        Ipv4Prefix.ToText(block.PublicAddress),
        block.FirstPort,
        block.FirstPort + block.PortCount - 1,
        Ipv4Prefix.ToText(block.UserAddress),
        block.Zone,
        block.TakenCount);
}
