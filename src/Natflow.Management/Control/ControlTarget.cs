using Natflow.Gateway;

namespace Natflow.Management.Control;

/// <summary>The gateway that a control socket speaks for.</summary>
/// <param name="Plane">Its data plane; the workers run.</param>
/// <param name="Status">Its status now. Any thread.</param>
/// <param name="Reload">Reads the configuration anew and puts in force what can be. One at a time.</param>
public sealed record ControlTarget(DataPlane Plane, Func<GatewayStatus> Status, Func<Task<ReloadResult>> Reload);
