namespace Natflow.Offload.MediaTek;

/// <summary>Counters of an entry, as the engine's serial-read registers give them. Each read gives the increment since the last.</summary>
internal static class FoeMib
{
    /// <summary>Registers of the widest generation.</summary>
    internal const int WordsMax = 4;

    private const int NarrowByteBits = 48;
    private const int NarrowPacketBits = 40;

    /// <summary>Largest count of bytes before it wraps.</summary>
    internal static ulong BytesMax(FoeLayout layout) => layout.Generation == 3 ? ulong.MaxValue : (1UL << NarrowByteBits) - 1;

    /// <summary>Largest count of packets before it wraps.</summary>
    internal static ulong PacketsMax(FoeLayout layout) => layout.Generation == 3 ? ulong.MaxValue : (1UL << NarrowPacketBits) - 1;

    /// <summary>Writes the registers.</summary>
    /// <param name="layout">Generation.</param>
    /// <param name="bytes">Up to <see cref="BytesMax"/>.</param>
    /// <param name="packets">Up to <see cref="PacketsMax"/>.</param>
    /// <param name="words"><see cref="WordsMax"/> long.</param>
    internal static void Encode(FoeLayout layout, ulong bytes, ulong packets, Span<uint> words)
    {
        words[0] = (uint)bytes;
        if (layout.Generation == 3)
        {
            words[1] = (uint)(bytes >> 32);
            words[2] = (uint)packets;
            words[3] = (uint)(packets >> 32);
            return;
        }

        words[1] = (ushort)(bytes >> 32) | ((uint)packets << 16);
        words[2] = (uint)(packets >> 16) & 0xFFFFFF;
        words[3] = 0;
    }

    /// <summary>Reads the registers.</summary>
    internal static (ulong Bytes, ulong Packets) Decode(FoeLayout layout, ReadOnlySpan<uint> words) => layout.Generation == 3
        ? (words[0] | ((ulong)words[1] << 32), words[2] | ((ulong)words[3] << 32))
        : (words[0] | ((ulong)(ushort)words[1] << 32), (words[1] >> 16) | ((ulong)(words[2] & 0xFFFFFF) << 16));
}
