using Natflow.Core;

namespace Natflow.Gateway.Rx;

/// <summary>What the packets of a queue are.</summary>
/// <param name="Side">Side of the gateway that the port is on.</param>
/// <param name="Zone">Zone of the port; 0 on the WAN side.</param>
/// <param name="Hash">The gateway's hash.</param>
public sealed record RxSettings(Side Side, ushort Zone, FlowHash Hash);
