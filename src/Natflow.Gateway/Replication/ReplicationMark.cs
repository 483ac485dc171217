namespace Natflow.Gateway.Replication;

/// <summary>What is reached with a buffer of records.</summary>
public enum ReplicationMark
{
    /// <summary>Nothing in particular.</summary>
    None,

    /// <summary>A whole copy begins: whoever has one forgets it.</summary>
    Begin,

    /// <summary>With it the copy is whole.</summary>
    Whole,

    /// <summary>With it the copy is whole to the last flow, however young: nothing was forwarded since.</summary>
    Flushed,
}
