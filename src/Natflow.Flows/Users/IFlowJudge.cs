using Natflow.Flows.Hosts;

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

    /// <summary>Whether anything depends on the hosts that flows ask for: then their first packets are looked at.</summary>
    bool DecidesOnHosts => false;

    /// <summary>Judges the host that a flow asks for.</summary>
    /// <param name="host">Its name as it stood on the wire, perhaps with a port; any bytes.</param>
    /// <param name="source">What carried it.</param>
    /// <param name="address">The subscriber; IPv4 mapped, host byte order.</param>
    /// <param name="mac">Its MAC.</param>
    HostJudgement JudgeHost(ReadOnlySpan<byte> host, HostSource source, UInt128 address, ulong mac) => HostJudgement.Open;

    /// <summary>Writes the address of the page that clients of refused hosts are sent to.</summary>
    /// <param name="text">Receives ASCII.</param>
    /// <returns>Bytes written; 0 where there is no page.</returns>
    int WriteRefusalLocation(Span<byte> text) => 0;

    /// <summary>Address that questions for refused names are answered with.</summary>
    /// <param name="isIpv6">Of which family.</param>
    /// <returns>IPv6, or IPv4 in the low 32 bits; host byte order; 0 where there is none.</returns>
    UInt128 PortalAddress(bool isIpv6) => UInt128.Zero;
}
