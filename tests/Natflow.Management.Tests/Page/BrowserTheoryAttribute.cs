namespace Natflow.Management.Tests.Page;

/// <summary>As <see cref="BrowserFactAttribute"/>, with cases.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class BrowserTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips with the reason where something is missing.</summary>
    public BrowserTheoryAttribute() => Skip = BrowserFactAttribute.Missing();
}
