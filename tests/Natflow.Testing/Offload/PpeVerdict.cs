namespace Natflow.Testing.Offload;

/// <summary>What a PPE did with a frame.</summary>
public enum PpeVerdict
{
    /// <summary>Left it to the gateway, unchanged.</summary>
    Punted,

    /// <summary>Sent it, rewritten.</summary>
    Forwarded,

    /// <summary>Dropped it: the user's meter or policy.</summary>
    Dropped,
}
