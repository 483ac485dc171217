using Natflow.Testing.Namespaces;

namespace Natflow.Lab.Topology;

/// <summary>A fact that needs a lab; skipped, with the reason, where namespaces or its programs are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LabFactAttribute : FactAttribute
{
    /// <summary>A fact that runs programs.</summary>
    /// <param name="programs">Names of programs beyond iproute2.</param>
    public LabFactAttribute(params string[] programs) => Skip = NamespaceSupport.SkipReason ?? Programs.Missing(programs);
}
