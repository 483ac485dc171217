using Natflow.Testing;

namespace Natflow.Ports.Tests.Pcap;

/// <summary>A fact that compares with what Wireshark's <c>capinfos</c> says about the shared captures.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class CapinfosFactAttribute : FactAttribute
{
    private static readonly bool IsInstalled = (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator).Any(static folder => File.Exists(Path.Combine(folder, "capinfos")));

    public CapinfosFactAttribute() => Skip = SharedData.SkipReason ?? (IsInstalled ? null : "capinfos is not installed");
}
