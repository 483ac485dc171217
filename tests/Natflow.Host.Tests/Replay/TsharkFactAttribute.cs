using Natflow.Testing;

namespace Natflow.Host.Tests.Replay;

/// <summary>A fact that asks tshark about the shared captures.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class TsharkFactAttribute : FactAttribute
{
    private static readonly bool IsInstalled = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Any(static folder => File.Exists(Path.Combine(folder, "tshark")));

    public TsharkFactAttribute() => Skip = SharedData.SkipReason ?? (IsInstalled ? null : "tshark is not installed");
}
