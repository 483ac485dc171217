namespace Natflow.Gateway.Views.Scan;

/// <summary>What subscribers are put in order by.</summary>
public enum UserOrder
{
    /// <summary>Living flows.</summary>
    Flows,

    /// <summary>Port blocks held.</summary>
    Blocks,

    /// <summary>Bytes of both directions of ended flows.</summary>
    Bytes,

    /// <summary>Bytes from inside of ended flows.</summary>
    BytesOut,

    /// <summary>Bytes from outside of ended flows.</summary>
    BytesIn,

    /// <summary>LAN address.</summary>
    Address,
}
