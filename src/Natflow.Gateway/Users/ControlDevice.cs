namespace Natflow.Gateway.Users;

/// <summary>The control devices of the original that this gateway has, by what they are about.</summary>
public enum ControlDevice
{
    /// <summary><c>natflow_ctl</c>.</summary>
    Path,

    /// <summary><c>natflow_zone_ctl</c>.</summary>
    Zone,

    /// <summary><c>natflow_user_ctl</c>.</summary>
    User,

    /// <summary><c>natflow_userinfo_ctl</c>.</summary>
    UserInfo,

    /// <summary><c>natflow_qos_ctl</c>.</summary>
    Qos,

    /// <summary><c>hostacl_ctl</c>.</summary>
    HostAcl,

    /// <summary><c>natflow_conntrackinfo_ctl</c>.</summary>
    Conntrack,

    /// <summary><c>natflow_dpi_ctl</c>.</summary>
    Dpi,
}
