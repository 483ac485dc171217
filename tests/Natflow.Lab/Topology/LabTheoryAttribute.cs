using Natflow.Testing.Namespaces;

namespace Natflow.Lab.Topology;

/// <summary>A theory that needs a lab; skipped, with the reason, where namespaces or its programs are missing.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class LabTheoryAttribute : TheoryAttribute
{
    /// <summary>A theory that runs programs.</summary>
    /// <param name="programs">Names of programs beyond iproute2.</param>
    public LabTheoryAttribute(params string[] programs) => Skip = NamespaceSupport.SkipReason ?? Programs.Missing(programs);
}
