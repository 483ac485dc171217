namespace Natflow.Inspect.Tests;

/// <summary>A theory that needs a program of the machine.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class ProgramTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips where it is not installed.</summary>
    /// <param name="program">Its name, as in the path.</param>
    public ProgramTheoryAttribute(string program)
    {
        Program = program;
        Skip = IsInstalled(program) ? null : $"{program} is not installed";
    }

    /// <summary>The program.</summary>
    public string Program { get; }

    private static bool IsInstalled(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(':').Any(folder => File.Exists(Path.Combine(folder, program)));
}
