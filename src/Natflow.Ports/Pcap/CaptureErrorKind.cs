namespace Natflow.Ports.Pcap;

/// <summary>Why a capture could not be opened, or an output file not be made.</summary>
public enum CaptureErrorKind
{
    /// <summary>No such file, or a folder on the way is missing.</summary>
    NotFound,

    /// <summary>The path names a directory.</summary>
    IsDirectory,

    /// <summary>The process may not open the file.</summary>
    PermissionDenied,

    /// <summary>The file has no bytes, so not even a capture header.</summary>
    Empty,

    /// <summary>The first four bytes are those of no capture format.</summary>
    NotACapture,

    /// <summary>The operating system refused for another reason, which the message gives.</summary>
    InputOutput,
}
