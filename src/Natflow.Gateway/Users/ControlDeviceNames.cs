namespace Natflow.Gateway.Users;

/// <summary>Names of the control devices: those of the original under <c>/dev</c>.</summary>
public static class ControlDeviceNames
{
    private const string Directory = "/dev/";

    /// <summary>All names.</summary>
    public static IReadOnlyDictionary<string, ControlDevice> All { get; } = new Dictionary<string, ControlDevice>(StringComparer.Ordinal)
    {
        ["natflow_ctl"] = ControlDevice.Path,
        ["natflow_zone_ctl"] = ControlDevice.Zone,
        ["natflow_user_ctl"] = ControlDevice.User,
        ["natflow_userinfo_ctl"] = ControlDevice.UserInfo,
        ["natflow_qos_ctl"] = ControlDevice.Qos,
        ["hostacl_ctl"] = ControlDevice.HostAcl,
        ["natflow_conntrackinfo_ctl"] = ControlDevice.Conntrack,
        ["natflow_dpi_ctl"] = ControlDevice.Dpi,
    };

    /// <summary>The device of a name, with or without <c>/dev/</c>.</summary>
    public static bool TryParse(string name, out ControlDevice device) =>
        All.TryGetValue(name.StartsWith(Directory, StringComparison.Ordinal) ? name[Directory.Length..] : name, out device);
}
