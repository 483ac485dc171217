namespace Natflow.Offload.MediaTek;

/// <summary>Chips with a PPE, and with it the generation of the table: netsys v1, v2 or v3.</summary>
public enum MediaTekSoc
{
    /// <summary>MT7621: v1, no counters, and entries that must not cross a kilobyte.</summary>
    Mt7621,

    /// <summary>MT7622: v1 with counters.</summary>
    Mt7622,

    /// <summary>MT7623: v1, no counters.</summary>
    Mt7623,

    /// <summary>MT7981: v2.</summary>
    Mt7981,

    /// <summary>MT7986: v2.</summary>
    Mt7986,

    /// <summary>MT7988: v3.</summary>
    Mt7988,
}
