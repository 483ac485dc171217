using System.Runtime.InteropServices;

namespace Natflow.Flows.Inspection;

/// <summary>A flow whose packets an inspector wants.</summary>
[StructLayout(LayoutKind.Sequential, Pack = 8, Size = SizeBytes)]
public struct WantedFlow
{
    /// <summary>Size in bytes.</summary>
    public const int SizeBytes = 32;

    /// <summary>Shard clock, ms, since when it is wanted.</summary>
    public long SinceMs;

    /// <summary>Index in the flow table of its IP version.</summary>
    public uint FlowIndex;

    /// <summary>Packets of it that were looked at.</summary>
    public uint Packets;

    /// <summary>It is IPv6.</summary>
    public bool IsIpv6;

    /// <summary>Free for the inspector; 0 at the flow's first packet.</summary>
    public byte Mark;

    internal uint Older;
    internal uint Newer;
}
