namespace Natflow.Memory;

/// <summary>Error numbers of Linux on x86-64 and arm64 (asm-generic), with the names that manuals use.</summary>
public static class Errno
{
    /// <summary>EPERM: a capability is missing.</summary>
    public const int NotPermitted = 1;

    /// <summary>ENOENT.</summary>
    public const int NoEntry = 2;

    /// <summary>ESRCH.</summary>
    public const int NoProcess = 3;

    /// <summary>EINTR: a signal came first; call again.</summary>
    public const int Interrupted = 4;

    /// <summary>EIO.</summary>
    public const int InputOutput = 5;

    /// <summary>ENXIO.</summary>
    public const int NoDeviceOrAddress = 6;

    /// <summary>EAGAIN: nothing there, or no room now.</summary>
    public const int Again = 11;

    /// <summary>ENOMEM.</summary>
    public const int NoMemory = 12;

    /// <summary>EACCES.</summary>
    public const int AccessDenied = 13;

    /// <summary>EBUSY.</summary>
    public const int Busy = 16;

    /// <summary>EEXIST.</summary>
    public const int Exists = 17;

    /// <summary>ENODEV.</summary>
    public const int NoDevice = 19;

    /// <summary>EINVAL.</summary>
    public const int Invalid = 22;

    /// <summary>EMSGSIZE.</summary>
    public const int MessageSize = 90;

    /// <summary>EOPNOTSUPP.</summary>
    public const int NotSupported = 95;

    /// <summary>ENOBUFS: a socket's receive buffer overran and messages are lost.</summary>
    public const int NoBuffers = 105;

    /// <summary>ETIMEDOUT.</summary>
    public const int TimedOut = 110;

    /// <summary>Name of an errno as in errno(3), for example <c>ENOBUFS</c>; <c>errno N</c> for one without a name here.</summary>
    /// <param name="errno">Positive errno.</param>
    public static string NameOf(int errno) => errno switch
    {
        NotPermitted => "EPERM",
        NoEntry => "ENOENT",
        NoProcess => "ESRCH",
        Interrupted => "EINTR",
        InputOutput => "EIO",
        NoDeviceOrAddress => "ENXIO",
        7 => "E2BIG",
        9 => "EBADF",
        Again => "EAGAIN",
        NoMemory => "ENOMEM",
        AccessDenied => "EACCES",
        14 => "EFAULT",
        Busy => "EBUSY",
        Exists => "EEXIST",
        NoDevice => "ENODEV",
        20 => "ENOTDIR",
        21 => "EISDIR",
        Invalid => "EINVAL",
        23 => "ENFILE",
        24 => "EMFILE",
        27 => "EFBIG",
        28 => "ENOSPC",
        30 => "EROFS",
        34 => "ERANGE",
        38 => "ENOSYS",
        75 => "EOVERFLOW",
        MessageSize => "EMSGSIZE",
        92 => "ENOPROTOOPT",
        93 => "EPROTONOSUPPORT",
        NotSupported => "EOPNOTSUPP",
        97 => "EAFNOSUPPORT",
        98 => "EADDRINUSE",
        99 => "EADDRNOTAVAIL",
        100 => "ENETDOWN",
        101 => "ENETUNREACH",
        NoBuffers => "ENOBUFS",
        TimedOut => "ETIMEDOUT",
        113 => "EHOSTUNREACH",
        _ => $"errno {errno}",
    };
}
