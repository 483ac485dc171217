namespace Natflow.Offload.Flower;

/// <summary>How reading a rule ended.</summary>
internal enum FlowerStatus
{
    /// <summary>Read whole.</summary>
    Decoded,

    /// <summary>Fewer bytes than the fixed part, or a length that points outside.</summary>
    Malformed,

    /// <summary>Another classifier's rule.</summary>
    OtherKind,

    /// <summary>A flower rule with a key, mask or action that no rule of ours has.</summary>
    Foreign,
}
