using System.Runtime.InteropServices;
using Natflow.Core;

namespace Natflow.Flows.Users;

/// <summary>
/// A user's compiled policy: what the flow path and the soft PPE read for each packet of the user. One cache line, in memory that both share.
/// </summary>
/// <remarks>
/// Written by the shard's owner, but for the two meter words, which every forwarder moves with compare-and-swap, and the counts of what the meters dropped, which they add
/// to. A change is stored field by field and made valid by the store of <see cref="Generation"/> last, a meter by that of <see cref="Flags"/>. The layout leaves the process: BPF reads it.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = SizeBytes)]
public struct PolicyRecord
{
    /// <summary>Size in bytes: one cache line.</summary>
    public const int SizeBytes = 64;

    /// <summary>Binary digits after the point of <see cref="UpNanosecondsPerByteQ20"/> and its twin.</summary>
    public const int CostFractionBits = 20;

    /// <summary>Number of the last change but of meters and rates, modulo 2^15; a flow or entry that carries another is stale.</summary>
    [FieldOffset(0)]
    public ushort Generation;

    /// <summary><see cref="Core.Verdict.Forward"/> or <see cref="Core.Verdict.Drop"/>.</summary>
    [FieldOffset(2)]
    public Verdict Verdict;

    /// <summary>What of the rest is in force.</summary>
    [FieldOffset(3)]
    public PolicyFlags Flags;

    /// <summary>Traffic class, 0 for none.</summary>
    [FieldOffset(4)]
    public ushort ClassId;

    /// <summary>Differentiated services code point (RFC 2474), 0 to 63, where <see cref="PolicyFlags.SetDscp"/> says so.</summary>
    [FieldOffset(6)]
    public byte Dscp;

    /// <summary>As <see cref="Dscp"/>, for packets to the user; <see cref="Dscp"/> is for those from the user.</summary>
    [FieldOffset(7)]
    public byte DscpDown;

    /// <summary>Upload meter: theoretical arrival time of the next conforming byte, CLOCK_MONOTONIC, ns.</summary>
    [FieldOffset(8)]
    public ulong UpDueNs;

    /// <summary>Download meter, as <see cref="UpDueNs"/>.</summary>
    [FieldOffset(16)]
    public ulong DownDueNs;

    /// <summary>Time that one uploaded L3 byte takes at the user's rate, ns with <see cref="CostFractionBits"/> binary digits after the point.</summary>
    [FieldOffset(24)]
    public ulong UpNanosecondsPerByteQ20;

    /// <summary>As <see cref="UpNanosecondsPerByteQ20"/>, for download.</summary>
    [FieldOffset(32)]
    public ulong DownNanosecondsPerByteQ20;

    /// <summary>How far the upload meter may be ahead of the clock, µs: the burst.</summary>
    [FieldOffset(40)]
    public uint UpBurstMicroseconds;

    /// <summary>As <see cref="UpBurstMicroseconds"/>, for download.</summary>
    [FieldOffset(44)]
    public uint DownBurstMicroseconds;

    /// <summary>Packets that the upload meter dropped, modulo 2^32.</summary>
    [FieldOffset(48)]
    public uint UpDropped;

    /// <summary>Packets that the download meter dropped, modulo 2^32.</summary>
    [FieldOffset(52)]
    public uint DownDropped;

    /// <summary>L3 bytes that the upload meter let pass, modulo 2^32.</summary>
    [FieldOffset(56)]
    public uint UpMeteredBytes;

    /// <summary>L3 bytes that the download meter let pass, modulo 2^32.</summary>
    [FieldOffset(60)]
    public uint DownMeteredBytes;

    /// <summary>Whether another record says the same: all but generation, meter words and what the meters dropped.</summary>
    internal readonly bool SaysAs(ref readonly PolicyRecord other) =>
        Verdict == other.Verdict && Flags == other.Flags && ClassId == other.ClassId && Dscp == other.Dscp && DscpDown == other.DscpDown
        && UpNanosecondsPerByteQ20 == other.UpNanosecondsPerByteQ20 && DownNanosecondsPerByteQ20 == other.DownNanosecondsPerByteQ20
        && UpBurstMicroseconds == other.UpBurstMicroseconds && DownBurstMicroseconds == other.DownBurstMicroseconds;
}
