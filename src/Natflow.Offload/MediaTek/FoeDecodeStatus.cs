namespace Natflow.Offload.MediaTek;

/// <summary>How reading an entry's bytes ended.</summary>
internal enum FoeDecodeStatus
{
    /// <summary>Read.</summary>
    Decoded,

    /// <summary>Fewer bytes than an entry has.</summary>
    Truncated,

    /// <summary>A packet type without a known body (MAP-T, MAP-E, unassigned).</summary>
    UnknownType,

    /// <summary>A key by protocol whose three filler bytes are not 0xA5.</summary>
    BadFiller,
}
