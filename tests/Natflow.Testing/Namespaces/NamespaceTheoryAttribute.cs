namespace Natflow.Testing.Namespaces;

/// <summary>A theory that needs network namespaces; skipped, with the reason, where they cannot be made.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NamespaceTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips where namespaces cannot be made.</summary>
    public NamespaceTheoryAttribute() => Skip = NamespaceSupport.SkipReason;
}
