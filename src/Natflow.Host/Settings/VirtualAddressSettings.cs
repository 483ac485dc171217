using Natflow.Policy;

namespace Natflow.Host.Settings;

/// <summary>An address that the owner of a shard has.</summary>
/// <param name="Interface">On which interface.</param>
/// <param name="Address">IPv4 or IPv6.</param>
/// <param name="Shard">The shard.</param>
public sealed record VirtualAddressSettings(string Interface, IpAddress Address, int Shard);
