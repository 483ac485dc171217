namespace Natflow.Offload.MediaTek;

/// <summary>Whose an entry's place is.</summary>
internal enum FoeSlotState : byte
{
    /// <summary>Nobody's; the engine may learn there.</summary>
    Free,

    /// <summary>A handle's, bound by it. The engine may have taken the entry out by itself.</summary>
    Bound,

    /// <summary>A handle's, unbound and not released.</summary>
    Unbound,
}
