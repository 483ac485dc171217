namespace Natflow.Ports.AfXdp;

/// <summary>Whether frames move between the interface and the frame memory without a copy.</summary>
public enum ZeroCopyMode
{
    /// <summary>Where the driver can, else by a copy in the kernel.</summary>
    Auto = 0,

    /// <summary>Refused where the driver cannot.</summary>
    Required = 1,

    /// <summary>Always by a copy.</summary>
    Forbidden = 2,
}
