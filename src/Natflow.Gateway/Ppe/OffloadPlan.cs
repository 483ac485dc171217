using Natflow.Flows.Users;
using Natflow.Offload.Model;

namespace Natflow.Gateway.Ppe;

/// <summary>What a data plane offloads to.</summary>
/// <param name="Ppe">The PPE; the plane's from now on.</param>
/// <param name="Policies">Policy records that the PPE reads too: user capacity times shards. Outlives the plane.</param>
public sealed record OffloadPlan(IPpe Ppe, PolicyTable Policies);
