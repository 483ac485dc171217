namespace Natflow.Flows.Alg;

/// <summary>What the application level gateways did. Owner thread writes.</summary>
public struct AlgCounters
{
    /// <summary>Endpoints and messages rewritten, retransmissions included.</summary>
    public ulong Rewritten;

    /// <summary>Flows that were announced and are waited for.</summary>
    public ulong Expected;

    /// <summary>Expected flows that came.</summary>
    public ulong Met;

    /// <summary>Announcements of somebody else's address or of a privileged port: neither rewritten nor opened (the bounce attack of RFC 2577).</summary>
    public ulong Refused;

    /// <summary>Commands cut by a segment's end, and messages that do not begin with one: passed unrewritten.</summary>
    public ulong Split;

    /// <summary>Passed unrewritten for want of room in a table, of ports, or of bytes in the packet.</summary>
    public ulong LimitPassed;
}
