using Natflow.Management.Api.Models;
using Natflow.Management.Control;

namespace Natflow.Management.Api;

/// <summary>The gateway that an API speaks for.</summary>
/// <param name="Control">Its data plane and status.</param>
/// <param name="Configuration">Its configuration.</param>
/// <param name="Audit">Gets a record of every change that was asked for. Any thread.</param>
/// <param name="Warn">Gets what the operator should know. Any thread.</param>
/// <param name="Clock">Time.</param>
public sealed record ApiTarget(ControlTarget Control, IConfigurationStore Configuration, Action<AuditRecord> Audit, Action<string> Warn, TimeProvider Clock)
{
    /// <summary>The journal's answers; null where none is kept.</summary>
    public IAuditJournal? Journal { get; init; }
}
