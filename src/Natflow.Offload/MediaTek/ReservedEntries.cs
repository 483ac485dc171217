namespace Natflow.Offload.MediaTek;

/// <summary>Entries that MT7621 must never use, because their 80 bytes would cross a kilobyte: eight in each 128.</summary>
public enum ReservedEntries
{
    /// <summary>None: other chips.</summary>
    None = 0,

    /// <summary>Seven of the eight, as Linux marks them: 115 is not among them.</summary>
    Seven = 7,

    /// <summary>All eight.</summary>
    Eight = 8,
}
