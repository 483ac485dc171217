namespace Natflow.Host.Settings;

/// <summary><c>natflow.offload</c>.</summary>
/// <param name="Engine">What forwards established flows.</param>
/// <param name="Flows">Flows of IPv4 that it may hold; a quarter as many of IPv6.</param>
/// <param name="PinDirectory">Folder in a BPF file system where the soft PPE outlives the gateway; empty for none.</param>
public sealed record OffloadSettings(OffloadEngine Engine, int Flows, string PinDirectory);
