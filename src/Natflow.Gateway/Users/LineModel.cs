using System.Collections.Immutable;

namespace Natflow.Gateway.Users;

/// <summary>A line that active users share by weight.</summary>
/// <param name="UpBitsPerSecond">What the line carries from users, L3; 0 shares nothing.</param>
/// <param name="DownBitsPerSecond">What the line carries to users, L3; 0 shares nothing.</param>
/// <param name="Weights">Weights by set, the first that holds a user counts; 1 for others.</param>
public sealed record LineModel(long UpBitsPerSecond, long DownBitsPerSecond, ImmutableArray<ShareWeight> Weights)
{
    /// <summary>Nothing is shared.</summary>
    public static LineModel None { get; } = new(0, 0, []);

    /// <summary>Whether anything is shared.</summary>
    public bool IsShared => (UpBitsPerSecond | DownBitsPerSecond) != 0;
}

/// <summary>Weight of the users that a set holds.</summary>
/// <param name="SourceSet">Set of addresses and MACs.</param>
/// <param name="Weight">1 to 1000.</param>
public sealed record ShareWeight(string SourceSet, ushort Weight);
