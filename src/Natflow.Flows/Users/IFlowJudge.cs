namespace Natflow.Flows.Users;

/// <summary>The gateway's rules on subscribers and flows. Asked for each new flow and for each that has become stale, never for a packet of a current one.</summary>
/// <remarks>Immutable: replaced whole. Called by shards' owner threads, several at a time. Nothing is allocated but for the address of a login page.</remarks>
public interface IFlowJudge
{
    /// <summary>Status that the rules give a subscriber which nobody has decided on yet, until its user actor says so or otherwise.</summary>
    /// <param name="address">Its address; IPv4 mapped, host byte order.</param>
    /// <param name="portIndex">LAN port that it is behind.</param>
    /// <param name="mac">Its MAC in the low 48 bits; 0 where it is not known.</param>
    byte StatusOf(UInt128 address, byte portIndex, ulong mac);

    /// <summary>Judges a flow.</summary>
    /// <param name="status">The subscriber's status.</param>
    /// <param name="flow">The flow.</param>
    FlowJudgement Judge(byte status, in FlowSubject flow);

    /// <summary>Writes the address of the portal page that a subscriber is sent to.</summary>
    /// <param name="text">Receives ASCII.</param>
    /// <param name="address">The subscriber; IPv4 mapped, host byte order.</param>
    /// <param name="portIndex">LAN port that it is behind.</param>
    /// <param name="mac">Its MAC.</param>
    /// <param name="nowMs">Shard clock, ms.</param>
    /// <returns>Bytes written; 0 where there is no portal.</returns>
    int WriteLocation(Span<byte> text, UInt128 address, byte portIndex, ulong mac, long nowMs);
}
