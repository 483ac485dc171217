using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Users;

namespace Natflow.Gateway.Views.Scan;

/// <summary>Which subscribers are wanted; null fields match all.</summary>
/// <param name="Prefix">LAN address within it.</param>
/// <param name="Zone">Zone of the LAN port.</param>
/// <param name="Verdict">What the policy says of its packets.</param>
public sealed record UserFilter(Ipv4Prefix? Prefix = null, ushort? Zone = null, Verdict? Verdict = null)
{
    /// <summary>All subscribers.</summary>
    public static readonly UserFilter All = new();

    internal bool Matches(ref readonly UserRecord user)
    {
        if (user.AddressBe == 0 || (Zone is { } zone && user.Zone != zone) || (Verdict is { } verdict && user.PolicyVerdict != verdict))
            return false;
        return Prefix is not { } prefix || prefix.Contains(BinaryPrimitives.ReverseEndianness(user.AddressBe));
    }
}
