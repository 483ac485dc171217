using System.Runtime.InteropServices;
using Natflow.Core;

namespace Natflow.Flows.Users;

/// <summary>What a shard keeps of a subscriber: identity, quota use, paired address, totals of ended flows.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = SizeBytes)]
public struct UserRecord
{
    /// <summary>Size in bytes.</summary>
    public const int SizeBytes = 128;

    /// <summary>LAN address, network byte order; 0 for a free entry.</summary>
    public uint AddressBe;

    /// <summary>Zone of the LAN port.</summary>
    public ushort Zone;

    /// <summary>Index of the public address that all of the user's ports are on (RFC 4787 REQ-2, RFC 6888 REQ-2), or -1.</summary>
    public short PublicAddressIndex;

    /// <summary>Flows the user has.</summary>
    public uint FlowCount;

    /// <summary>Blocks the user holds.</summary>
    public uint BlockCount;

    /// <summary>First block of the user's list, the one ports are taken from first.</summary>
    public uint FirstBlock;

    /// <summary>Next user of the hash chain or of the free list.</summary>
    internal uint Next;

    /// <summary>Neighbours in the list of users without flows.</summary>
    internal uint IdleNext;

    /// <summary>Previous in the list of users without flows.</summary>
    internal uint IdlePrevious;

    /// <summary>Shard clock in ms when the last flow ended.</summary>
    public long IdleSinceMs;

    /// <summary>What the policy says of the user's packets: forward or drop.</summary>
    public Verdict PolicyVerdict;

    /// <summary>What of the compiled policy is in force; a copy of the record's, for who has this line at hand.</summary>
    public PolicyFlags PolicyFlags;

    /// <summary>Number of the status that flows are judged by; valid once <see cref="UserMarks.Greeted"/>.</summary>
    public byte Status;

    /// <summary>LAN port that it was last seen behind.</summary>
    public byte PortIndex;

    /// <summary>Notes.</summary>
    public UserMarks Marks;

    /// <summary>Whether somebody set the user's rates: then those of everybody are not its.</summary>
    internal bool HasOwnLimits;

    /// <summary>L3 bytes from inside of flows that ended.</summary>
    public ulong EndedBytesOut;

    /// <summary>L3 bytes from outside of flows that ended.</summary>
    public ulong EndedBytesIn;

    /// <summary>State of the rate of new mappings (RFC 6888 REQ-4 C).</summary>
    internal long MappingDueUs;

    /// <summary>State of the rate of ICMP errors that the subscriber gets from the gateway.</summary>
    internal long IcmpDueUs;

    /// <summary>MAC that it was last seen with, in the low 48 bits; 0 where none is known.</summary>
    public ulong Mac;

    /// <summary>Slots of host rules that apply to it, a bit each.</summary>
    public ulong AclSlots;

    /// <summary>Flows that were opened at this time or before have been ended by its user actor, shard clock in ms; 0 for none.</summary>
    public long FlowsEndedMs;

    /// <summary>Packets from inside of flows that ended.</summary>
    internal ulong EndedPacketsOut;

    /// <summary>Packets from outside of flows that ended.</summary>
    internal ulong EndedPacketsIn;
}
