using Natflow.Flows.Users;
using Natflow.Offload.Model;

namespace Natflow.Gateway.Ppe;

/// <summary>What a data plane offloads to.</summary>
/// <param name="Ppe">The PPE; the plane's from now on.</param>
/// <param name="Policies">Policy records that the PPE reads too: user capacity times shards. Outlives the plane, or is the PPE's own.</param>
public sealed record OffloadPlan(IPpe Ppe, PolicyTable Policies)
{
    /// <summary>Called about once a second by the offload actor's thread while it runs; null for nothing.</summary>
    public Action? EachSecond { get; init; }

    /// <summary>Greatest zone of subscribers that a PPE can tell from the outside.</summary>
    public const ushort ZoneMax = ushort.MaxValue - 1;

    /// <summary>
    /// A subscribers' zone as a PPE knows it, where 0 is the outside: who writes a subscriber's address on a packet outside must not meet the subscriber's entry.
    /// </summary>
    /// <param name="zone">0 to <see cref="ZoneMax"/>.</param>
    public static ushort ZoneOf(ushort zone) => (ushort)(zone + 1);
}
