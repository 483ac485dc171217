namespace Natflow.Offload.Xdp;

/// <summary>What the soft PPE did with a frame. The same numbers as <c>enum ppe_counter</c>: never renumber, only append.</summary>
public enum PpeCounter
{
    /// <summary>Forwarded.</summary>
    Forwarded = 0,

    /// <summary>Punted: no entry.</summary>
    Miss = 1,

    /// <summary>Punted: not TCP or UDP in IPv4 or IPv6, damaged, or from an interface that is no port of the PPE.</summary>
    NotOurs = 2,

    /// <summary>Punted: a fragment.</summary>
    PuntFragment = 3,

    /// <summary>Punted: IPv4 options.</summary>
    PuntOptions = 4,

    /// <summary>Punted: the TTL or hop limit ends here.</summary>
    PuntHopLimit = 5,

    /// <summary>Punted: TCP SYN, FIN or RST.</summary>
    PuntTcpFlags = 6,

    /// <summary>Punted: the way out has another generation than the entry, or no device.</summary>
    PuntLink = 7,

    /// <summary>Punted: the policy has another generation than the entry, or forbids offload.</summary>
    PuntPolicy = 8,

    /// <summary>Punted: the entry is of before <see cref="XdpPpe.InvalidateAll"/>.</summary>
    PuntGeneration = 9,

    /// <summary>Punted: larger than the way's MTU.</summary>
    PuntMtu = 10,

    /// <summary>Punted: the sender left the checksum to hardware that is not there.</summary>
    PuntChecksum = 11,

    /// <summary>Punted: the entry or the way changed while it was read.</summary>
    PuntChanged = 12,

    /// <summary>Punted: no room before the frame for the new link header.</summary>
    PuntHeadroom = 13,

    /// <summary>Dropped: the policy says so.</summary>
    DropPolicy = 14,

    /// <summary>Dropped: beyond the upload rate.</summary>
    DropMeterUp = 15,

    /// <summary>Dropped: beyond the download rate.</summary>
    DropMeterDown = 16,

    /// <summary>Dropped: the shard's time is over.</summary>
    DropShard = 17,

    /// <summary>Dropped: the way changed while its header was written.</summary>
    DropChanged = 18,
}
