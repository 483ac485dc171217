namespace Natflow.Packets.Icmp;

/// <summary>What recomputing a checksum says of it.</summary>
public enum ChecksumState : byte
{
    /// <summary>It agrees with the bytes.</summary>
    Valid,

    /// <summary>It does not.</summary>
    Invalid,

    /// <summary>The bytes it covers are not all there: the snap length of a capture.</summary>
    Unverifiable,
}
