namespace Natflow.Gateway.Users;

/// <summary>To the user actor: what has changed of its users. The answer is a <see cref="UsersExport"/>.</summary>
/// <param name="Since">Version of an earlier answer; 0 for all users.</param>
/// <param name="From">Where to go on.</param>
public sealed record UsersExportRequest(long Since, int From);

/// <summary>Some users that have changed.</summary>
/// <param name="Version">What to ask from next time; that of the first page counts.</param>
/// <param name="Users">The users.</param>
/// <param name="Next">Where to go on; null at the end.</param>
public sealed record UsersExport(long Version, IReadOnlyList<KnownUser> Users, int? Next);

/// <summary>To the user actor: users of another node, whose shard this one has taken over. They replace what is known of the same addresses. No answer.</summary>
/// <param name="Users">The users.</param>
public sealed record UsersAdopted(IReadOnlyList<KnownUser> Users);
