namespace Natflow.Core;

/// <summary>Facts about a frame that its bytes do not tell.</summary>
[Flags]
public enum FrameFlags : byte
{
    /// <summary>Nothing special: the frame is as it was on the wire.</summary>
    None = 0,

    /// <summary>
    /// The frame comes from a capture: its length fields may promise more than was captured (snap length), and an IPv4 total
    /// length of 0 means "to the end" (segmentation offload on the capturing host). Headers themselves must be whole.
    /// </summary>
    Captured = 1,

    /// <summary>The frame is on its second pass, as a hairpinned packet that now comes from outside.</summary>
    Hairpinned = 2,

    /// <summary>Addressed to the box itself, and kept from the kernel so far: a frame that passes to the host has to be given to it.</summary>
    HostMissed = 4,

    /// <summary>The frame was IPv6 and is IPv4 on its way through NAT44 (NAT64, RFC 6146): its source is a subscriber's stand-in address.</summary>
    FamilyTranslated = 8,
}
