namespace Natflow.Host.Settings;

/// <summary>One element of <c>natflow.ports.wan</c>.</summary>
/// <param name="Interface">Name of the interface, 1 to 15 bytes.</param>
/// <param name="Mode">How frames are taken from it.</param>
/// <param name="MssClamp">What becomes of the TCP MSS option on this uplink.</param>
public sealed record WanPortSettings(string Interface, PortMode Mode, MssClampSettings MssClamp);
