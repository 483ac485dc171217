namespace Natflow.Policy.Control;

/// <summary>What a write to a control device answers, with the error numbers of Linux: scripts written for the original check them.</summary>
public enum ControlErrno
{
    /// <summary>Success.</summary>
    None = 0,

    /// <summary>EPERM.</summary>
    NotPermitted = 1,

    /// <summary>ENOENT: no such user or interface.</summary>
    NotFound = 2,

    /// <summary>EAGAIN: write the same again.</summary>
    Again = 11,

    /// <summary>ENOMEM: a table is full.</summary>
    NoMemory = 12,

    /// <summary>EBUSY: a queue has its reader already.</summary>
    Busy = 16,

    /// <summary>ENODEV: the end of a wire is missing.</summary>
    NoDevice = 19,

    /// <summary>EINVAL.</summary>
    Invalid = 22,
}
