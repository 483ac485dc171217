namespace Natflow.Flows.Pcp;

/// <summary>A lease as it is listed, handed to another node and restored. Addresses and ports in network byte order.</summary>
/// <param name="Opcode">MAP or PEER.</param>
/// <param name="Protocol">TCP or UDP.</param>
/// <param name="InsideAddrBe">Subscriber's address.</param>
/// <param name="InsidePortBe">Subscriber's port.</param>
/// <param name="Zone">The subscriber's zone.</param>
/// <param name="ExternalAddrBe">Public address.</param>
/// <param name="ExternalPortBe">Public port.</param>
/// <param name="RemoteAddrBe">The peer; 0 for MAP.</param>
/// <param name="RemotePortBe">The peer's port; 0 for MAP.</param>
/// <param name="Nonce">The client's proof of ownership; zero for NAT-PMP.</param>
/// <param name="RemainingSeconds">Seconds until it ends.</param>
public readonly record struct PcpLease(
    PcpOpcode Opcode,
    byte Protocol,
    uint InsideAddrBe,
    ushort InsidePortBe,
    ushort Zone,
    uint ExternalAddrBe,
    ushort ExternalPortBe,
    uint RemoteAddrBe,
    ushort RemotePortBe,
    PcpNonce Nonce,
    uint RemainingSeconds);
