using Natflow.Testing.Namespaces;

namespace Natflow.Ports.Tests.AfPacket;

/// <summary>A theory that measures and therefore runs only when asked to, on a quiet machine.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MeasureTheoryAttribute : TheoryAttribute
{
    public MeasureTheoryAttribute() => Skip = NamespaceSupport.SkipReason
        ?? (Environment.GetEnvironmentVariable("NATFLOW_MEASURE") is null ? "measures; set NATFLOW_MEASURE=1 to run it" : null);
}
