namespace Natflow.Inspect.Domains;

/// <summary>What a domain in a <see cref="DomainTable"/> stands for.</summary>
public enum DomainMatch : byte
{
    /// <summary>The name itself and every name below it.</summary>
    Suffix = 0,

    /// <summary>The name itself alone. Goes before any suffix.</summary>
    Exact = 1,
}
