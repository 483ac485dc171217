using Natflow.Gateway;
using Natflow.Gateway.Users;

namespace Natflow.Management.Control;

/// <summary>The gateway that a control socket speaks for.</summary>
/// <param name="Plane">Its data plane; the workers run.</param>
/// <param name="Status">Its status now. Any thread.</param>
/// <param name="Reload">Reads the configuration anew and puts in force what can be. One at a time.</param>
/// <param name="Users">Users and rules; null where there are none.</param>
public sealed record ControlTarget(DataPlane Plane, Func<GatewayStatus> Status, Func<Task<ReloadResult>> Reload, UserControl? Users = null)
{
    /// <summary>The cluster; null where the gateway is alone.</summary>
    public IClusterControl? Cluster { get; init; }

    /// <summary>The lists of domains in force now. Any thread.</summary>
    public Func<IReadOnlyList<DomainListModel>> DomainLists { get; init; } = static () => [];
}
