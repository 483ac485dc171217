namespace Natflow.Testing;

/// <summary>A fact that needs <see cref="SharedData"/>; skipped, with the reason, where it is absent.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class SharedFactAttribute : FactAttribute
{
    /// <summary>Skips where the data is absent.</summary>
    public SharedFactAttribute() => Skip = SharedData.SkipReason;
}
