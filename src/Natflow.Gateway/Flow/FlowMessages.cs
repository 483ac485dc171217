using Natflow.Core;
using Natflow.Flows;
using Natflow.Flows.Users;

namespace Natflow.Gateway.Flow;

/// <summary>Asks a flow actor for a <see cref="ShardReport"/>.</summary>
public sealed record ShardReportRequest
{
    /// <summary>The only one.</summary>
    public static readonly ShardReportRequest Instance = new();
}

/// <summary>Gives up the frames that wait in a shard, counted as drops, for nothing will come any more. Answered by itself.</summary>
public sealed record DrainRequest
{
    /// <summary>The only one.</summary>
    public static readonly DrainRequest Instance = new();
}

/// <summary>Wishes that a shard takes other rules. Answered by itself when they are in force.</summary>
/// <param name="Rules">Valid; what cannot change at run time is as it was.</param>
public sealed record RulesRequest(NatSettings Rules);

/// <summary>Wishes that a shard keeps the ports of port forwards that a <see cref="RulesRequest"/> is to bring. The answer is a <see cref="ForwardsAnswer"/>.</summary>
/// <param name="Wanted">Valid ones; none gives up what was kept before.</param>
public sealed record ForwardsRequest(IReadOnlyList<PortForward> Wanted);

/// <summary>What a <see cref="ForwardsRequest"/> could not get.</summary>
/// <param name="Refused">Those whose port a subscriber uses, or that find no room.</param>
public sealed record ForwardsAnswer(IReadOnlyList<PortForward> Refused);

/// <summary>Begins a new epoch of port control (RFC 6887 section 8.5): clients ask for their mappings anew. Answered by itself.</summary>
public sealed record PcpEpochRequest
{
    /// <summary>The only one.</summary>
    public static readonly PcpEpochRequest Instance = new();
}

/// <summary>A request of port control from a subscriber's network. The answer is a <see cref="PcpAnswer"/>.</summary>
/// <param name="Message">Any bytes.</param>
/// <param name="SourceBe">Its sender, network byte order.</param>
/// <param name="Zone">Zone of the LAN port.</param>
public sealed record PcpMessage(byte[] Message, uint SourceBe, ushort Zone);

/// <summary>What is sent back to a <see cref="PcpMessage"/>.</summary>
/// <param name="Message">Empty where nothing is.</param>
public sealed record PcpAnswer(byte[] Message);

/// <summary>Wishes that a subscriber's packets pass or not. The answer is a <see cref="UserVerdictAnswer"/>.</summary>
/// <param name="AddressBe">LAN address, network byte order.</param>
/// <param name="Zone">Zone of the LAN port.</param>
/// <param name="Verdict">Forward or drop.</param>
public sealed record UserVerdictRequest(uint AddressBe, ushort Zone, Verdict Verdict);

/// <summary>Whether a subscriber was there for a <see cref="UserVerdictRequest"/>.</summary>
/// <param name="AddressBe">As asked.</param>
/// <param name="IsKnown">False where the shard has no such subscriber: nothing was changed.</param>
public sealed record UserVerdictAnswer(uint AddressBe, bool IsKnown);

/// <summary>Sets a subscriber's rates, for its living flows too. The answer is a <see cref="UserLimitAnswer"/>.</summary>
/// <param name="Address">The subscriber: IPv6, or IPv4 mapped into it, host byte order.</param>
/// <param name="Zone">Zone of the LAN port.</param>
/// <param name="Limits">Valid limits.</param>
public sealed record UserLimitRequest(UInt128 Address, ushort Zone, PolicyLimits Limits);

/// <summary>Whether a <see cref="UserLimitRequest"/> was followed.</summary>
/// <param name="Address">As asked.</param>
/// <param name="IsKnown">False where the shard has no such subscriber, or the limits are not valid: nothing was changed.</param>
public sealed record UserLimitAnswer(UInt128 Address, bool IsKnown);

/// <summary>Takes a public address out of service: flows on it end on their next packet. No answer.</summary>
/// <param name="AddressBe">Network byte order; an address that is none of the pool's changes nothing.</param>
public sealed record WithdrawAddressRequest(uint AddressBe);

/// <summary>Puts a public address of the pool into service, also one that was withdrawn. No answer.</summary>
/// <param name="AddressBe">Network byte order; an address that is none of the pool's changes nothing.</param>
public sealed record RestoreAddressRequest(uint AddressBe);
