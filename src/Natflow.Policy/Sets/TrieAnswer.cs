namespace Natflow.Policy.Sets;

/// <summary>Whether an address is in a set.</summary>
internal enum TrieAnswer
{
    /// <summary>It is not.</summary>
    Out,

    /// <summary>It is.</summary>
    In,

    /// <summary>From here on: the range is no net, and somebody else has to be asked.</summary>
    Unsure = TrieNet.Other,
}
