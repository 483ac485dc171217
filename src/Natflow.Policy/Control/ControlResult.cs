namespace Natflow.Policy.Control;

/// <summary>
/// The answer to one line. <see cref="Errno"/> is what a writer to the device's socket gets, as the original answers; <see cref="Error"/> is what the command-line
/// tool prints and the log keeps. The original takes much bad input with success: then Errno is None and Error is set, and nothing was changed.
/// </summary>
/// <param name="Errno">The answer on the socket.</param>
/// <param name="Error">What is wrong and what was expected; null where the line was taken.</param>
public readonly record struct ControlResult(ControlErrno Errno, string? Error)
{
    /// <summary>The line was taken.</summary>
    public static ControlResult Taken => default;

    /// <summary>Whether the line took effect.</summary>
    public bool IsTaken => Error is null;

    /// <summary>Refused, with success on the socket.</summary>
    public static ControlResult Ignored(string error) => new(ControlErrno.None, error);

    /// <summary>Refused on the socket too.</summary>
    public static ControlResult Refused(ControlErrno errno, string error) => new(errno, error);

    /// <summary>EINVAL.</summary>
    public static ControlResult Invalid(string error) => new(ControlErrno.Invalid, error);
}
