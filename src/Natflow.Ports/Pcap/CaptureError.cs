namespace Natflow.Ports.Pcap;

/// <summary>A capture that could not be opened, or an output that could not be made: an answer for the operator, not an exception.</summary>
/// <param name="Kind">The kind of error, for programs.</param>
/// <param name="File">The path as given.</param>
/// <param name="Message">What was found and what was expected, for people; does not repeat the path.</param>
public sealed record CaptureError(CaptureErrorKind Kind, string File, string Message)
{
    /// <summary>One line with the path in front.</summary>
    public override string ToString() => $"{File}: {Message}";

    /// <summary>The error of a failed open of <paramref name="file"/>.</summary>
    public static CaptureError From(Exception exception, string file)
    {
        if (Directory.Exists(file))
            return new CaptureError(CaptureErrorKind.IsDirectory, file, "is a directory, expected a file");

        return exception switch
        {
            FileNotFoundException => new CaptureError(CaptureErrorKind.NotFound, file, "no such file"),
            DirectoryNotFoundException => new CaptureError(CaptureErrorKind.NotFound, file, "no such folder"),
            UnauthorizedAccessException => new CaptureError(CaptureErrorKind.PermissionDenied, file, "permission denied"),
            _ => new CaptureError(CaptureErrorKind.InputOutput, file, exception.Message),
        };
    }
}
