namespace Natflow.Journal.Users;

/// <summary>What the record calls a user.</summary>
/// <param name="Address">Its first address.</param>
/// <param name="Zone">Address space.</param>
internal readonly record struct UserName(string Address, int Zone);
