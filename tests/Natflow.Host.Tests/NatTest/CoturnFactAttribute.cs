using Natflow.Testing.Namespaces;

namespace Natflow.Host.Tests.NatTest;

/// <summary>A fact that needs network namespaces and coturn; skipped, with the reason, elsewhere.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CoturnFactAttribute : FactAttribute
{
    /// <summary>Skips where something is missing.</summary>
    public CoturnFactAttribute() => Skip = NamespaceSupport.SkipReason
        ?? (File.Exists("/usr/bin/turnserver") && File.Exists("/usr/bin/turnutils_natdiscovery") ? null : "coturn is not installed (Debian: apt-get install coturn)");
}
