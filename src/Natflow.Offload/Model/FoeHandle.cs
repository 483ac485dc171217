namespace Natflow.Offload.Model;

/// <summary>A PPE's name for a bound entry. Meaningful to the PPE that gave it, until the entry is unbound.</summary>
/// <param name="Value">0 is no entry.</param>
public readonly record struct FoeHandle(uint Value)
{
    /// <summary>No entry.</summary>
    public static readonly FoeHandle None;

    /// <summary>Whether it names an entry.</summary>
    public bool IsSome => Value != 0;
}
