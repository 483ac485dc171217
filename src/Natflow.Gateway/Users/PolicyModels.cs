using Natflow.Flows.Users;
using Natflow.Policy.Acl;
using Natflow.Policy.Auth;
using Natflow.Policy.Qos;
using Natflow.Policy.Sets;
using Natflow.Policy.Zones;

namespace Natflow.Gateway.Users;

/// <summary>Everything that the operator said about users. Immutable.</summary>
public sealed record PolicyModels
{
    /// <summary>Nothing was said: everybody passes.</summary>
    public static PolicyModels Default { get; } = new();

    /// <summary>Zones of interfaces.</summary>
    public ZoneModel Zones { get; init; } = ZoneModel.Empty;

    /// <summary>Who gets in.</summary>
    public AuthModel Auth { get; init; } = AuthModel.Default;

    /// <summary>Whether users that no auth rule matches pass, as they all did in the original.</summary>
    public bool MayUnmatchedPass { get; init; }

    /// <summary>Rates and classes of flows.</summary>
    public QosModel Qos { get; init; } = QosModel.Empty;

    /// <summary>Host rules.</summary>
    public AclModel Acl { get; init; } = AclModel.Default;

    /// <summary>Additions of the host rules.</summary>
    public AclOptions AclOptions { get; init; } = AclOptions.None;

    /// <summary>Named sets.</summary>
    public SetCatalog Sets { get; init; } = SetCatalog.Empty;

    /// <summary>Rates of every user that has none of its own.</summary>
    public PolicyLimits UserLimits { get; init; } = PolicyLimits.None;

    /// <summary>Time at a rate that a silent user or rule may send faster.</summary>
    public TimeSpan Burst { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Fair sharing.</summary>
    public LineModel Line { get; init; } = LineModel.None;

    /// <summary>Whether addresses with one MAC are one user.</summary>
    public bool JoinsByMac { get; init; }
}
