namespace Natflow.Host.Settings;

/// <summary>One element of <c>natflow.ports.lan</c>.</summary>
/// <param name="Interface">Name of the interface, 1 to 15 bytes.</param>
/// <param name="Mode">How frames are taken from it.</param>
/// <param name="Zone">Address space of the subscribers behind it.</param>
public sealed record LanPortSettings(string Interface, PortMode Mode, ushort Zone);
