using System.Runtime.InteropServices;

using Natflow.Inspect.Observe;

namespace Natflow.Inspect.UrlLog;

/// <summary>The original's binary URL record, version 2: a header of 62 bytes in host byte order, addresses in network order, then host and URI without a separator.</summary>
public static class UrlRecordV2
{
    /// <summary>Bytes before the text.</summary>
    public const int HeaderBytes = 62;

    /// <summary>The longest record.</summary>
    public const int RecordBytesMax = HeaderBytes + VisitLog.TextBytesMax;

    private const ushort Version = 2;
    private const long NsPerSecond = 1_000_000_000;

    /// <summary>Writes a record.</summary>
    /// <param name="record">The record.</param>
    /// <param name="text">Its text.</param>
    /// <param name="bootNs">When the machine started, by the record's clock: the original counts seconds since boot.</param>
    /// <param name="destination">Room for the record.</param>
    /// <returns>Bytes written; 0 when there is no room.</returns>
    public static int Write(in UrlRecord record, ReadOnlySpan<byte> text, long bootNs, Span<byte> destination)
    {
        int length = HeaderBytes + text.Length;
        if (destination.Length < length)
            return 0;
        destination[..HeaderBytes].Clear();
        WriteShort(destination, 0, Version);
        WriteShort(destination, 2, HeaderBytes);
        WriteShort(destination, 4, (ushort)length);
        WriteShort(destination, 6, RecordAddress.FamilyOf(record.IsIpv6));
        uint seconds = (uint)Math.Max(0, (record.TimestampNs - bootNs) / NsPerSecond);
        MemoryMarshal.Write(destination[8..], in seconds);
        WriteShort(destination, 12, record.SourcePort);
        WriteShort(destination, 14, record.DestinationPort);
        RecordAddress.Write(record.Source, record.IsIpv6, destination[16..]);
        RecordAddress.Write(record.Destination, record.IsIpv6, destination[32..]);
        for (int i = 0; i < 6; i++)
            destination[48 + i] = (byte)(record.Mac >> (8 * (5 - i)));
        WriteShort(destination, 54, record.Hits);
        WriteShort(destination, 56, record.HostBytes);
        destination[58] = (byte)record.Method;
        destination[59] = (byte)record.Kind;
        destination[60] = record.AclSlot;
        destination[61] = record.AclAction;
        text.CopyTo(destination[HeaderBytes..]);
        return length;
    }

    private static void WriteShort(Span<byte> destination, int offset, ushort value) => MemoryMarshal.Write(destination[offset..], in value);
}
