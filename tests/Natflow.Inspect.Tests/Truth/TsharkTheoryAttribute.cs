namespace Natflow.Inspect.Tests.Truth;

/// <summary>A theory that needs tshark.</summary>
public sealed class TsharkTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips where it is not installed.</summary>
    public TsharkTheoryAttribute() => Skip = IsInstalled ? null : "tshark is not installed";

    private static bool IsInstalled =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').Any(static folder => File.Exists(Path.Combine(folder, "tshark")));
}
