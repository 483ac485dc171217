namespace Natflow.Host.Settings;

/// <summary>An address that the owner of a shard has.</summary>
/// <param name="Interface">On which interface.</param>
/// <param name="Address">IPv4, host byte order.</param>
/// <param name="Shard">The shard.</param>
public sealed record VirtualAddressSettings(string Interface, uint Address, int Shard);
