namespace Natflow.Testing;

/// <summary>A theory that needs <see cref="SharedData"/>; skipped, with the reason and without asking for its cases, where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedTheoryAttribute : TheoryAttribute
{
    /// <summary>Skips where the data is absent.</summary>
    public SharedTheoryAttribute() => Skip = SharedData.SkipReason;
}
