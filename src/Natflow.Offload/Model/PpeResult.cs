namespace Natflow.Offload.Model;

/// <summary>How a bind ended. Numbers leave the process: they only grow.</summary>
public enum PpeResult : byte
{
    /// <summary>Bound.</summary>
    Bound = 0,

    /// <summary>Each place that the key may lie in is taken.</summary>
    BucketFull = 1,

    /// <summary>The table holds as many entries as it may.</summary>
    TableFull = 2,

    /// <summary>Another entry has the key.</summary>
    Duplicate = 3,

    /// <summary>The PPE cannot do what the entry asks for (<see cref="IPpe.Supports"/>).</summary>
    Unsupported = 4,

    /// <summary>The driver or the kernel refused: <see cref="IPpe"/> implementations keep the last error's text.</summary>
    Refused = 5,
}
