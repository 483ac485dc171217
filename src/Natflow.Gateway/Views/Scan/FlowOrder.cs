namespace Natflow.Gateway.Views.Scan;

/// <summary>What flows are put in order by.</summary>
public enum FlowOrder
{
    /// <summary>Bytes of both directions.</summary>
    Bytes,

    /// <summary>Bytes from inside.</summary>
    BytesOut,

    /// <summary>Bytes from outside.</summary>
    BytesIn,

    /// <summary>Packets of both directions.</summary>
    Packets,

    /// <summary>Time since the first packet.</summary>
    Age,

    /// <summary>Time since the last packet.</summary>
    Idle,

    /// <summary>The subscriber's address and port.</summary>
    Inside,

    /// <summary>The other end's address and port.</summary>
    Remote,
}
