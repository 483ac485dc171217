namespace Natflow.Management.Api.Lists;

/// <summary>What subscribers are put in order by. Those from Speed on are known only where users are kept.</summary>
internal enum UserSort
{
    /// <summary>Living flows.</summary>
    Flows,

    /// <summary>Ports leased.</summary>
    Blocks,

    /// <summary>Bytes of both directions.</summary>
    Bytes,

    /// <summary>Bytes from it.</summary>
    BytesOut,

    /// <summary>Bytes to it.</summary>
    BytesIn,

    /// <summary>Its address.</summary>
    Address,

    /// <summary>Bits a second of both directions.</summary>
    Speed,

    /// <summary>Bits a second to it.</summary>
    SpeedDown,

    /// <summary>Bits a second from it.</summary>
    SpeedUp,

    /// <summary>Time without traffic.</summary>
    Idle,
}
