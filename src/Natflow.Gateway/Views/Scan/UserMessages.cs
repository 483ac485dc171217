namespace Natflow.Gateway.Views.Scan;

/// <summary>Asks a flow actor for one subscriber. Answered by a <see cref="UserAnswer"/>.</summary>
/// <param name="Address">LAN address, host byte order.</param>
/// <param name="Zone">Zone of the LAN port.</param>
public sealed record UserRequest(uint Address, ushort Zone);

/// <summary>Answer to a <see cref="UserRequest"/>.</summary>
/// <param name="User">Null where the shard has no such subscriber.</param>
public sealed record UserAnswer(SubscriberView? User);

/// <summary>Asks a flow actor for some subscribers. Answered by a <see cref="UsersAnswer"/>.</summary>
/// <param name="Users">LAN addresses, host byte order, with their zones; a few hundred are some tens of microseconds of the shard.</param>
public sealed record UsersRequest(IReadOnlyList<(uint Address, ushort Zone)> Users);

/// <summary>Answer to a <see cref="UsersRequest"/>.</summary>
/// <param name="Users">In the order asked for; null where the shard has no such subscriber.</param>
public sealed record UsersAnswer(IReadOnlyList<SubscriberView?> Users);
