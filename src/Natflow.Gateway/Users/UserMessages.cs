using System.Buffers;
using Natflow.Actors;
using Natflow.Flows.Shards;
using Natflow.Flows.Users;
using Natflow.Policy;
using Natflow.Policy.Control;

namespace Natflow.Gateway.Users;

/// <summary>From a flow actor: subscribers that are new, or that have moved.</summary>
/// <param name="ShardIndex">Its shard.</param>
/// <param name="Notices">The subscribers.</param>
public sealed record UsersSeen(int ShardIndex, IReadOnlyList<UserNotice> Notices);

/// <summary>From a flow actor: what subscribers sent and got.</summary>
/// <param name="ShardIndex">Its shard.</param>
/// <param name="Deltas">Rented: a million subscribers are eighty megabytes a second, and what of it waits when the collector comes costs packets their time.</param>
/// <param name="Count">How many of them there are; the rest of the array is anything.</param>
public sealed record UsersTraffic(int ShardIndex, UserDelta[] Deltas, int Count)
{
    /// <summary>Takes subscribers with traffic out of a shard.</summary>
    /// <param name="shardIndex">Its number.</param>
    /// <param name="pass">Where they wait. Owner thread.</param>
    internal static UsersTraffic Take(int shardIndex, TrafficPass pass)
    {
        int count = pass.Count;
        UserDelta[] deltas = ArrayPool<UserDelta>.Shared.Rent(count);
        pass.Take(deltas);
        return new UsersTraffic(shardIndex, deltas, count);
    }

    /// <summary>Gives the array back: the receiver, once, when it has read it.</summary>
    internal void GiveBack() => ArrayPool<UserDelta>.Shared.Return(Deltas);
}

/// <summary>To the user actor: the data plane whose shards obey.</summary>
/// <param name="Plane">A plane whose workers run.</param>
public sealed record UsersReady(DataPlane Plane);

/// <summary>To the user actor: other rules. No answer.</summary>
/// <param name="Tables">The rules.</param>
public sealed record TablesChanged(PolicyTables Tables);

/// <summary>To the user actor: a line of <c>natflow_userinfo_ctl</c>, read. The answer is a <see cref="UserCommandAnswer"/>.</summary>
/// <param name="Command">What is asked for.</param>
public sealed record UserCommandRequest(UserCommand Command)
{
    /// <summary>Only the user of this zone; null for those of all zones with the address, as the original's lines mean it.</summary>
    public uint? Zone { get; init; }
}

/// <summary>What came of a <see cref="UserCommandRequest"/>, a <see cref="UserLimitsRequest"/>, a <see cref="LoginRequest"/>, a <see cref="SessionChangeRequest"/> or a <see cref="LogoutRequest"/>.</summary>
/// <param name="Result">Taken, or why not.</param>
/// <param name="UserCount">Users that it touched.</param>
public sealed record UserCommandAnswer(ControlResult Result, int UserCount)
{
    /// <summary>Done to the users of an address, or there are none.</summary>
    internal static UserCommandAnswer Of(in IpAddress address, int userCount) => userCount == 0
        ? new UserCommandAnswer(ControlResult.Refused(ControlErrno.NotFound, $"there is no user {address}"), 0)
        : new UserCommandAnswer(ControlResult.Taken, userCount);
}

/// <summary>To the user actor: a user's own rates. The answer is a <see cref="UserCommandAnswer"/>.</summary>
/// <param name="Address">One of its addresses.</param>
/// <param name="Limits">Valid limits; none takes the user's own away.</param>
public sealed record UserLimitsRequest(IpAddress Address, PolicyLimits Limits)
{
    /// <summary>Only the user of this zone; null for those of all zones with the address.</summary>
    public uint? Zone { get; init; }
}

/// <summary>To the user actor: a login was accepted. The answer is a <see cref="UserCommandAnswer"/>.</summary>
/// <param name="Address">The user's address.</param>
/// <param name="Login">The name, empty for none: all addresses with it are one user.</param>
/// <param name="SessionSeconds">How long it holds; 0 for no end.</param>
/// <param name="Limits">Rates of the session; none leaves the user's own.</param>
/// <param name="VolumeBytesMax">Bytes of both directions; 0 for no limit.</param>
/// <param name="DeviceCountMax">Addresses at a time; 0 for no limit.</param>
public sealed record LoginRequest(IpAddress Address, string Login, long SessionSeconds, PolicyLimits Limits, ulong VolumeBytesMax, ushort DeviceCountMax)
{
    /// <summary>LAN port that the user is behind, for one that no shard has seen: it spoke with the box alone. Null refuses such a user.</summary>
    public byte? PortIndex { get; init; }
}

/// <summary>To the user actor: a running session gets other limits; what is null stays. The answer is a <see cref="UserCommandAnswer"/>.</summary>
/// <param name="Address">The user's address.</param>
public sealed record SessionChangeRequest(IpAddress Address)
{
    /// <summary>How long it holds from now on; 0 for no end.</summary>
    public long? SecondsLeft { get; init; }

    /// <summary>Its rates.</summary>
    public PolicyLimits? Limits { get; init; }

    /// <summary>Bytes of both directions from now on; 0 for no limit.</summary>
    public ulong? VolumeBytesLeft { get; init; }

    /// <summary>Devices at a time; 0 for no limit.</summary>
    public ushort? DeviceCountMax { get; init; }
}

/// <summary>To the user actor: a session is over. The answer is a <see cref="UserCommandAnswer"/>.</summary>
/// <param name="Address">The user's address.</param>
public sealed record LogoutRequest(IpAddress Address);

/// <summary>To the user actor: some users. The answer is a <see cref="UserPage"/>.</summary>
/// <param name="Address">Only the user with this address; null for all.</param>
/// <param name="From">Where to go on.</param>
/// <param name="Count">Rows at most.</param>
public sealed record UserPageRequest(IpAddress? Address, int From, int Count);

/// <summary>Some users, in the order of their entries.</summary>
/// <param name="Users">The users.</param>
/// <param name="Next">Where to go on; null at the end.</param>
/// <param name="TotalCount">All users.</param>
public sealed record UserPage(IReadOnlyList<UserView> Users, int? Next, int TotalCount);

/// <summary>To a flow actor: policies of some subscribers, to be in force at once. The answer is a <see cref="UserPoliciesTaken"/>.</summary>
/// <param name="ShardIndex">Its shard.</param>
/// <param name="Number">Of the batch.</param>
/// <param name="Changes">The policies.</param>
public sealed record UserPolicies(int ShardIndex, long Number, ReadOnlyMemory<UserPolicyChange> Changes);

/// <summary>A subscriber's policy.</summary>
/// <param name="Address">IPv6, or IPv4 mapped into it; host byte order.</param>
/// <param name="Zone">Its address space.</param>
/// <param name="Policy">The policy.</param>
public readonly record struct UserPolicyChange(UInt128 Address, ushort Zone, UserPolicy Policy);

/// <summary>From a flow actor: a batch is in force.</summary>
/// <param name="ShardIndex">Its shard.</param>
/// <param name="Number">Of the batch.</param>
public sealed record UserPoliciesTaken(int ShardIndex, long Number);

/// <summary>To a flow actor: other rules on flows. No answer.</summary>
/// <param name="Judge">The rules; null for none.</param>
/// <param name="DefaultShare">What a new subscriber gets of a shared line at first.</param>
/// <param name="Users">Whom it tells of its subscribers.</param>
public sealed record JudgeRequest(IFlowJudge? Judge, PolicyLimits DefaultShare, Actors.IActorRef Users);

/// <summary>To a flow actor: shares of a contended line. No answer.</summary>
/// <param name="Shares">The shares.</param>
public sealed record SharesChanged(IReadOnlyList<UserShare> Shares);

/// <summary>A subscriber's share.</summary>
/// <param name="UserIndex">Its entry in the shard.</param>
/// <param name="Limits">Valid limits.</param>
public readonly record struct UserShare(uint UserIndex, PolicyLimits Limits);

/// <summary>To the policy actor: who reads named sets. It hears which names rules have from now on, as <see cref="SetsWanted"/>. No answer.</summary>
/// <param name="Owner">The actor that reads sets.</param>
public sealed record SetsOwner(IActorRef Owner);

/// <summary>To the actor that reads sets: names that rules have. What no configuration names may be in the kernel. No answer.</summary>
/// <param name="Names">The names.</param>
public sealed record SetsWanted(IReadOnlyCollection<string> Names);

/// <summary>To the actor that reads sets: entries of a set by an operator, beside those of the configuration, in the place of those written before. The answer is a <see cref="SetAnswer"/>.</summary>
/// <param name="Name">1 to 31 characters without blank and comma.</param>
/// <param name="Text">An entry a line, <c>#</c> starts a comment; null takes back what was written.</param>
public sealed record SetWriteRequest(string Name, string? Text);

/// <summary>What came of a <see cref="SetWriteRequest"/>.</summary>
/// <param name="Errors">What is wrong; nothing was changed then. Empty on success.</param>
/// <param name="IsKnown">False where a set was to be taken back that nobody had written.</param>
public sealed record SetAnswer(IReadOnlyList<string> Errors, bool IsKnown);

/// <summary>To the actor that reads sets: all sets. The answer is a <see cref="SetList"/>.</summary>
public sealed record SetListRequest
{
    /// <summary>The only one.</summary>
    public static readonly SetListRequest Instance = new();
}

/// <summary>All sets.</summary>
/// <param name="Sets">By name.</param>
public sealed record SetList(IReadOnlyList<SetView> Sets);

/// <summary>A named set as operators see it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="RangeCount">Ranges of addresses, after joining what touches.</param>
/// <param name="MacCount">MACs.</param>
/// <param name="Sources">Where its entries come from: configuration, a file's path, kernel, written.</param>
public sealed record SetView(string Name, int RangeCount, int MacCount, IReadOnlyList<string> Sources);
