namespace Natflow.Inspect.Observe;

/// <summary>What a parser says of the bytes so far.</summary>
public enum ParseStatus : byte
{
    /// <summary>These bytes are not what the parser reads, and more of them would not change that.</summary>
    NotThis = 0,

    /// <summary>What is there fits, but it is not all.</summary>
    NeedMore = 1,

    /// <summary>All was read.</summary>
    Complete = 2,
}
