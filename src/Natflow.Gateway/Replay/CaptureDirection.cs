namespace Natflow.Gateway.Replay;

/// <summary>What a recorded frame is to the gateway.</summary>
internal enum CaptureDirection
{
    /// <summary>From a subscriber: enters on the LAN side as it is.</summary>
    FromInside,

    /// <summary>To a subscriber's own address: the far side sends it to the external endpoint instead.</summary>
    ToInside,

    /// <summary>To a public address of the gateway: enters on the WAN side as it is.</summary>
    ToPublic,
}
