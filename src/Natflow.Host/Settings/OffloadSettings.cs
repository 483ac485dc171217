namespace Natflow.Host.Settings;

/// <summary><c>natflow.offload</c>.</summary>
/// <param name="Engine">What forwards established flows.</param>
/// <param name="Flows">Flows of IPv4 that it may hold; a quarter as many of IPv6.</param>
public sealed record OffloadSettings(OffloadEngine Engine, int Flows);
