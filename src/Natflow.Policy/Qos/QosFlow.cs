namespace Natflow.Policy.Qos;

/// <summary>What of a flow the rules look at.</summary>
/// <param name="User">The user's address.</param>
/// <param name="UserPort">The user's port, host byte order; unused for protocols without ports.</param>
/// <param name="Remote">The other end: after DNAT, before SNAT.</param>
/// <param name="RemotePort">The other end's port.</param>
/// <param name="Protocol">IP protocol.</param>
public readonly record struct QosFlow(IpAddress User, ushort UserPort, IpAddress Remote, ushort RemotePort, byte Protocol);
