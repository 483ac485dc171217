namespace Natflow.Flows.Pcp;

/// <summary>What was given. Network byte order.</summary>
/// <param name="ExternalAddrBe">Public address.</param>
/// <param name="ExternalPortBe">Public port.</param>
/// <param name="LifetimeSeconds">Until it must be renewed.</param>
internal readonly record struct PcpGrant(uint ExternalAddrBe, ushort ExternalPortBe, uint LifetimeSeconds);
