using System.Numerics;

namespace Natflow.Offload.MediaTek;

/// <summary>Hash mode 1 of the engine. The inputs are those of packets as they arrive, in host byte order.</summary>
internal static class FoeHash
{
    /// <summary>Three words mixed to one.</summary>
    internal static uint Mix(uint h1, uint h2, uint h3)
    {
        uint selected = (h1 & h2) | (~h1 & h3);
        uint mixed = BitOperations.RotateLeft(selected, 8) ^ h1 ^ h2 ^ h3;
        return mixed ^ (mixed >> 16);
    }

    /// <summary>Hash of an IPv4 key.</summary>
    /// <param name="src">Source address.</param>
    /// <param name="dst">Destination address.</param>
    /// <param name="keyWord">Ports, the source above; or <see cref="FoeCodec.ProtocolWord"/>.</param>
    internal static uint Ipv4(uint src, uint dst, uint keyWord) => Mix(keyWord, dst, src);

    /// <summary>Hash of an IPv6 key; the arguments as of <see cref="Ipv4"/>.</summary>
    internal static uint Ipv6(UInt128 src, UInt128 dst, uint keyWord) => Mix(
        Word(src, 3) ^ Word(dst, 3) ^ keyWord,
        Word(src, 2) ^ Word(dst, 2) ^ Word(dst, 0),
        Word(src, 1) ^ Word(dst, 1) ^ Word(src, 0));

    /// <summary>Index of the first way.</summary>
    /// <param name="mixed">The hash.</param>
    /// <param name="layout">Its ways, a power of two.</param>
    /// <param name="entryCount">A power of two.</param>
    internal static int Index(uint mixed, FoeLayout layout, int entryCount) =>
        (int)((mixed << BitOperations.Log2((uint)layout.Ways)) & ((uint)entryCount - 1));

    private static uint Word(UInt128 address, int index) => (uint)(address >> (96 - (32 * index)));
}
