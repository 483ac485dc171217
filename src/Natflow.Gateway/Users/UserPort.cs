namespace Natflow.Gateway.Users;

/// <summary>A port as users see it.</summary>
/// <param name="InterfaceName">For example <c>eth1</c>.</param>
/// <param name="Zone">Its address space.</param>
public sealed record UserPort(string InterfaceName, ushort Zone);
