namespace Natflow.Flows.Users;

/// <summary>What of a flow a judge looks at. Addresses of IPv4 are mapped into IPv6; all in host byte order.</summary>
/// <param name="Inside">Subscriber's address.</param>
/// <param name="Remote">Other end, before source translation.</param>
/// <param name="InsidePort">Subscriber's port; 0 for protocols without ports.</param>
/// <param name="RemotePort">Other end's port; 0 for protocols without ports.</param>
/// <param name="Protocol">IP protocol.</param>
/// <param name="IsFromInside">Whether the subscriber opened it.</param>
public readonly record struct FlowSubject(UInt128 Inside, UInt128 Remote, ushort InsidePort, ushort RemotePort, byte Protocol, bool IsFromInside);
