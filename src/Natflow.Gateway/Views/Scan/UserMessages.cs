namespace Natflow.Gateway.Views.Scan;

/// <summary>Asks a flow actor for one subscriber. Answered by a <see cref="UserAnswer"/>.</summary>
/// <param name="Address">LAN address, host byte order.</param>
/// <param name="Zone">Zone of the LAN port.</param>
public sealed record UserRequest(uint Address, ushort Zone);

/// <summary>Answer to a <see cref="UserRequest"/>.</summary>
/// <param name="User">Null where the shard has no such subscriber.</param>
public sealed record UserAnswer(SubscriberView? User);
