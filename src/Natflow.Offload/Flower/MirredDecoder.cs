using System.Buffers.Binary;

namespace Natflow.Offload.Flower;

/// <summary>Reads a <c>mirred</c> action: the way out, and with it the rule's counters, which every action shows alike.</summary>
internal static class MirredDecoder
{
    private const int TicksASecond = 100; // USER_HZ of every architecture that this runs on.
    private const int LastUseOffset = 8;

    internal static FlowerStatus TryDecode(ReadOnlySpan<byte> options, ReadOnlySpan<byte> counters, ref FlowerRule rule, ref FlowerStatistics statistics)
    {
        bool isRedirect = false;
        ulong idleMs = 0;
        var reader = new TcReader(options);
        while (reader.TryNext(out ushort type, out ReadOnlySpan<byte> value))
        {
            if (type == TcNumber.MirredParameters && value.Length >= 28)
            {
                isRedirect = BinaryPrimitives.ReadUInt32LittleEndian(value[20..]) == TcNumber.MirredEgressRedirect;
                rule.OutInterfaceIndex = BinaryPrimitives.ReadInt32LittleEndian(value[24..]);
            }

            if (type == TcNumber.MirredTime && value.Length >= LastUseOffset + sizeof(ulong))
                idleMs = BinaryPrimitives.ReadUInt64LittleEndian(value[LastUseOffset..]) * (1000 / TicksASecond);
        }

        if (reader.IsMalformed) return FlowerStatus.Malformed;
        if (!isRedirect) return FlowerStatus.Foreign;
        return TryDecodeCounters(counters, idleMs, out statistics) ? FlowerStatus.Decoded : FlowerStatus.Malformed;
    }

    // The 32-bit count of packets wraps; kernels that have it give the 64-bit one beside it.
    private static bool TryDecodeCounters(ReadOnlySpan<byte> counters, ulong idleMs, out FlowerStatistics statistics)
    {
        ulong bytes = 0;
        ulong packets = 0;
        bool isWide = false;
        var reader = new TcReader(counters);
        while (reader.TryNext(out ushort type, out ReadOnlySpan<byte> value))
        {
            if (type == TcNumber.StatisticsBasic && value.Length >= 12)
            {
                bytes = BinaryPrimitives.ReadUInt64LittleEndian(value);
                if (!isWide) packets = BinaryPrimitives.ReadUInt32LittleEndian(value[8..]);
            }

            if (type == TcNumber.StatisticsPackets64 && value.Length >= sizeof(ulong))
            {
                packets = BinaryPrimitives.ReadUInt64LittleEndian(value);
                isWide = true;
            }
        }

        statistics = new FlowerStatistics(packets, bytes, idleMs);
        return !reader.IsMalformed;
    }
}
