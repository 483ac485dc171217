namespace Natflow.Cluster.Replication;

/// <summary>What a frame between nodes is. Numbers travel: never renumber, only append.</summary>
public enum ReplicationKind : byte
{
    /// <summary>Standby to owner, first: who asks, for which shard and token, and what it has.</summary>
    Hello = 1,

    /// <summary>A whole copy begins.</summary>
    Begin = 2,

    /// <summary>Records.</summary>
    Records = 3,

    /// <summary>The copy is whole.</summary>
    Whole = 4,

    /// <summary>The copy is whole to the last flow, and the owner has stopped.</summary>
    Flushed = 5,

    /// <summary>Standby to owner: all up to this sequence is applied.</summary>
    Ack = 6,

    /// <summary>Owner to standby: nothing new.</summary>
    Ping = 7,

    /// <summary>Owner to standby: the shard is not its own, or not under this token.</summary>
    Goodbye = 8,

    /// <summary>What is decided about users of the shard.</summary>
    Users = 9,

    /// <summary>Any node to any: a question, first and alone on a connection.</summary>
    Question = 10,

    /// <summary>What there is to say to it.</summary>
    Answer = 11,
}
