namespace Natflow.Offload.MediaTek;

/// <summary>What the engine does with a frame.</summary>
public enum EngineVerdict
{
    /// <summary>Sends it, rewritten.</summary>
    Forward,

    /// <summary>Gives it to the CPU, unchanged.</summary>
    ToCpu,

    /// <summary>Drops it: bad checksum, or an entry that says so.</summary>
    Drop,
}
