namespace Natflow.Testing.Namespaces;

/// <summary>A fact that needs network namespaces; skipped, with the reason, where they cannot be made.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NamespaceFactAttribute : FactAttribute
{
    /// <summary>Skips where namespaces cannot be made.</summary>
    public NamespaceFactAttribute() => Skip = NamespaceSupport.SkipReason;
}
