namespace Natflow.Journal.Events;

/// <summary>A subscriber got a port block (RFC 8158 event 16).</summary>
/// <param name="User">Inside address.</param>
/// <param name="Zone">Its zone.</param>
/// <param name="Shard">Shard that owns it.</param>
/// <param name="Public">Public address.</param>
/// <param name="FirstPort">First port.</param>
/// <param name="PortCount">Number of ports.</param>
/// <param name="IsSpilled">Whether the block is on another address than the subscriber's own.</param>
public sealed record PortBlockAllocated(string User, int Zone, int Shard, string Public, int FirstPort, int PortCount, bool IsSpilled = false) : IJournalEvent
{
    string? IJournalEvent.Subject => User;

    long IJournalEvent.BlockKey => EventKeys.OfBlock(Public, FirstPort);
}

/// <summary>A port block came back (RFC 8158 event 17).</summary>
/// <param name="User">Inside address that had it.</param>
/// <param name="Zone">Its zone.</param>
/// <param name="Shard">Shard that owns it.</param>
/// <param name="Public">Public address.</param>
/// <param name="FirstPort">First port.</param>
/// <param name="PortCount">Number of ports.</param>
public sealed record PortBlockReleased(string User, int Zone, int Shard, string Public, int FirstPort, int PortCount) : IJournalEvent
{
    string? IJournalEvent.Subject => User;

    long IJournalEvent.BlockKey => EventKeys.OfBlock(Public, FirstPort);
}

/// <summary>A shard's blocks in use reached the configured part of all (RFC 8158 event 18).</summary>
/// <param name="Shard">Which.</param>
public sealed record PoolThresholdReached(int Shard) : IJournalEvent;

/// <summary>A flow began: mode <c>session</c> only (RFC 8158 event 4).</summary>
/// <param name="User">Inside address.</param>
/// <param name="Zone">Its zone.</param>
/// <param name="Protocol">IP protocol number.</param>
/// <param name="InsidePort">Inside port or identifier.</param>
/// <param name="Public">Public address.</param>
/// <param name="PublicPort">Public port or identifier.</param>
/// <param name="Remote">The other end.</param>
/// <param name="RemotePort">Its port.</param>
public sealed record SessionOpened(string User, int Zone, int Protocol, int InsidePort, string Public, int PublicPort, string Remote, int RemotePort) : IJournalEvent
{
    string? IJournalEvent.Subject => User;
}

/// <summary>A flow ended: mode <c>session</c> only (RFC 8158 event 5).</summary>
/// <param name="User">Inside address.</param>
/// <param name="Zone">Its zone.</param>
/// <param name="Protocol">IP protocol number.</param>
/// <param name="InsidePort">Inside port or identifier.</param>
/// <param name="Public">Public address.</param>
/// <param name="PublicPort">Public port or identifier.</param>
/// <param name="Remote">The other end.</param>
/// <param name="RemotePort">Its port.</param>
/// <param name="BytesOut">From the subscriber.</param>
/// <param name="BytesIn">To the subscriber.</param>
public sealed record SessionClosed(
    string User, int Zone, int Protocol, int InsidePort, string Public, int PublicPort, string Remote, int RemotePort, long BytesOut, long BytesIn) : IJournalEvent
{
    string? IJournalEvent.Subject => User;
}

/// <summary>The rule of deterministic ports in force from now on (RFC 7422): with it, who had a port is computed.</summary>
/// <param name="LanPrefixes">Subscribers' networks, in order; empty when deterministic ports ended.</param>
/// <param name="PublicAddresses">Public addresses, in order.</param>
/// <param name="FirstPort">First port of the first subscriber of each address.</param>
/// <param name="PortsPerUser">Ports of each subscriber.</param>
/// <param name="UsersPerAddress">Subscribers of each address.</param>
public sealed record NatPlanChanged(IReadOnlyList<string> LanPrefixes, IReadOnlyList<string> PublicAddresses, int FirstPort, int PortsPerUser, int UsersPerAddress) : IJournalEvent
{
    /// <summary>Key of all such events.</summary>
    internal static readonly long Key = EventKeys.OfBlock("nat-plan", 0);

    long IJournalEvent.BlockKey => Key;
}
