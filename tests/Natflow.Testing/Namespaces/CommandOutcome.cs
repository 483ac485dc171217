namespace Natflow.Testing.Namespaces;

/// <summary>How a command ended.</summary>
/// <param name="ExitCode">0 is success.</param>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Error">What it wrote to standard error.</param>
public sealed record CommandOutcome(int ExitCode, string Output, string Error);
