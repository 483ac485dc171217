namespace Natflow.Flows.Pcp;

/// <summary>PCP operations (RFC 6887 section 19.2).</summary>
public enum PcpOpcode : byte
{
    /// <summary>The server's state was lost, or whether it was is asked.</summary>
    Announce = 0,

    /// <summary>An inbound mapping for anyone.</summary>
    Map = 1,

    /// <summary>An outbound mapping towards one peer.</summary>
    Peer = 2,
}
