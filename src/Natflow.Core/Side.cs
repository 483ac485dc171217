namespace Natflow.Core;

/// <summary>The side of the gateway a frame came from. Part of the flow key: a stranger who sends LAN addresses from the WAN never matches a subscriber's flow.</summary>
public enum Side : byte
{
    /// <summary>From subscribers: in2out.</summary>
    Lan = 0,

    /// <summary>From the internet: out2in.</summary>
    Wan = 1,
}
