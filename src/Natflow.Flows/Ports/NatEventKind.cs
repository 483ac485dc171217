namespace Natflow.Flows;

/// <summary>What a <see cref="NatEvent"/> tells. The first four are those of <see cref="PortBlockEventKind"/>.</summary>
public enum NatEventKind : byte
{
    /// <summary>A port block was leased.</summary>
    BlockLeased = 1,

    /// <summary>A port block came back.</summary>
    BlockReleased = 2,

    /// <summary>The shard's blocks in use reached the configured part of all.</summary>
    ThresholdReached = 3,

    /// <summary>A port block was leased on another address than the subscriber's own.</summary>
    BlockSpilled = 4,

    /// <summary>A flow began.</summary>
    SessionOpened = 5,

    /// <summary>A flow ended.</summary>
    SessionClosed = 6,
}
