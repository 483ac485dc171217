using Natflow.Testing.Namespaces;

namespace Natflow.Offload.Tests.Flower;

/// <summary>A fact that watches this machine's <c>tc</c> at work; skipped, with the reason, where it cannot: the golden files stand for it then.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TcCaptureFactAttribute : FactAttribute
{
    public TcCaptureFactAttribute() => Skip = NamespaceSupport.SkipReason ?? MissingOf("tc", "strace");

    private static string? MissingOf(params string[] programs)
    {
        string[] missing = [.. programs.Where(static program => !IsInstalled(program))];
        return missing.Length == 0 ? null : $"not installed: {string.Join(", ", missing)}";
    }

    private static bool IsInstalled(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(':').Append("/usr/sbin").Any(folder => File.Exists(Path.Combine(folder, program)));
}
