using Natflow.Policy.Acl;
using Natflow.Policy.Auth;
using Natflow.Policy.Control;
using Natflow.Policy.Qos;
using Natflow.Policy.Zones;

namespace Natflow.Gateway.Users;

/// <summary>What the control devices hold: the configuration, and what was written since. Immutable.</summary>
/// <param name="Models">Rules on users and flows.</param>
/// <param name="Path">Settings of the way of packets.</param>
public sealed record ControlModels(PolicyModels Models, PathModel Path)
{
    /// <summary>What a configuration says, with nothing written since.</summary>
    public static ControlModels Of(PolicyModels models) => new(models, PathModel.Default with { IsDisabled = false });

    /// <summary>Takes a line.</summary>
    /// <param name="device">The device.</param>
    /// <param name="line">The line, without newline.</param>
    /// <param name="interfaceExists">Whether the box has an interface of a name.</param>
    /// <param name="state">Replaced where the line is taken.</param>
    /// <param name="action">What is to be done beside.</param>
    public static ControlResult Apply(ControlDevice device, string line, Func<string, bool> interfaceExists, ref ControlModels state, out ControlAction action)
    {
        switch (device)
        {
            case ControlDevice.Path:
                ControlStep<PathModel> path = PathControl.Apply(state.Path, line, interfaceExists);
                state = state with { Path = path.Model };
                action = path.Action;
                return path.Result;
            case ControlDevice.Zone:
                ControlStep<ZoneModel> zone = ZoneControl.Apply(state.Models.Zones, line);
                state = state with { Models = state.Models with { Zones = zone.Model } };
                action = zone.Action;
                return zone.Result;
            case ControlDevice.User:
                ControlStep<AuthModel> auth = AuthControl.Apply(state.Models.Auth, line);
                state = state with { Models = state.Models with { Auth = auth.Model } };
                action = auth.Action;
                return auth.Result;
            case ControlDevice.Qos:
                ControlStep<QosModel> qos = QosControl.Apply(state.Models.Qos, line);
                state = state with { Models = state.Models with { Qos = qos.Model } };
                action = qos.Action;
                return qos.Result;
            case ControlDevice.HostAcl:
                ControlStep<AclModel> acl = AclControl.Apply(state.Models.Acl, line);
                state = state with { Models = state.Models with { Acl = acl.Model } };
                action = acl.Action;
                return acl.Result;
            default:
                return ConntrackListing.Parse(line, out action);
        }
    }

    /// <summary>Takes lines of an earlier process. What was taken then and is refused now is left out.</summary>
    /// <param name="written">The lines, in order.</param>
    /// <param name="interfaceExists">Whether the box has an interface of a name.</param>
    public ControlModels Replay(IEnumerable<(ControlDevice Device, string Line)> written, Func<string, bool> interfaceExists)
    {
        ControlModels state = this;
        foreach ((ControlDevice device, string line) in written)
            Apply(device, line, interfaceExists, ref state, out _);
        return state;
    }

    /// <summary>Whether a device holds the same in both. Generations count for nothing: they tell when rules were matched, not what they say.</summary>
    public bool IsSame(ControlDevice device, ControlModels other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return device switch
        {
            ControlDevice.Path => Path == other.Path,
            ControlDevice.Zone => Models.Zones == other.Models.Zones,
            ControlDevice.User => Models.Auth with { Generation = 0 } == other.Models.Auth with { Generation = 0 },
            ControlDevice.Qos => Models.Qos == other.Models.Qos,
            ControlDevice.HostAcl => Models.Acl == other.Models.Acl,
            _ => true,
        };
    }

    /// <summary>A device's dump.</summary>
    /// <param name="device">The device.</param>
    /// <param name="version">Version of the gateway.</param>
    /// <param name="format">How much.</param>
    public string Dump(ControlDevice device, string version, DumpFormat format) => device switch
    {
        ControlDevice.Path => PathControl.Dump(Path, version, format),
        ControlDevice.Zone => ZoneControl.Dump(Models.Zones, format),
        ControlDevice.User => AuthControl.Dump(Models.Auth, format),
        ControlDevice.Qos => QosControl.Dump(Models.Qos, format),
        ControlDevice.HostAcl => AclControl.Dump(Models.Acl, format),
        _ => "",
    };
}
