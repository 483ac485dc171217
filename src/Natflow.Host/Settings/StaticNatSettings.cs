namespace Natflow.Host.Settings;

/// <summary>One element of <c>natflow.nat.static</c>. Host byte order.</summary>
/// <param name="InsideAddress">Address on the LAN.</param>
/// <param name="OutsideAddress">Address outside that stands for it.</param>
public sealed record StaticNatSettings(uint InsideAddress, uint OutsideAddress);
