using System.Runtime.InteropServices;

using Natflow.Inspect.Observe;

namespace Natflow.Inspect.Apps;

/// <summary>The original's binary DPI event, version 3: 78 bytes in host byte order, addresses in network order.</summary>
public static class AppEventV3
{
    /// <summary>Bytes of a record.</summary>
    public const int RecordBytes = 78;

    private const ushort Version = 3;
    private const ushort ReasonMatched = 6;
    private const long NsPerSecond = 1_000_000_000;

    /// <summary>Writes an event.</summary>
    /// <param name="appEvent">The event.</param>
    /// <param name="revision">Of the catalogue.</param>
    /// <param name="bootNs">When the machine started, by the event's clock: the original counts seconds since boot.</param>
    /// <param name="destination">Room for the record.</param>
    /// <returns>Bytes written; 0 when there is no room.</returns>
    public static int Write(in AppEvent appEvent, uint revision, long bootNs, Span<byte> destination)
    {
        if (destination.Length < RecordBytes)
            return 0;
        destination[..RecordBytes].Clear();
        FlowEnds ends = appEvent.Ends;
        Write(destination, 0, Version);
        Write(destination, 2, (ushort)RecordBytes);
        Write(destination, 4, (ushort)RecordBytes);
        Write(destination, 6, RecordAddress.FamilyOf(ends.IsIpv6));
        Write(destination, 8, (ulong)Math.Max(0, (appEvent.TimestampNs - bootNs) / NsPerSecond));
        destination[16] = ends.Protocol;
        destination[18] = appEvent.IsFromReply ? (byte)1 : (byte)0;
        Write(destination, 20, ReasonMatched);
        Write(destination, 22, ends.ClientPort);
        Write(destination, 24, ends.ServerPort);
        RecordAddress.Write(ends.Client, ends.IsIpv6, destination[26..]);
        RecordAddress.Write(ends.Server, ends.IsIpv6, destination[42..]);
        Write(destination, 58, revision);
        Write(destination, 62, (uint)appEvent.AppId);
        Write(destination, 66, (uint)appEvent.CategoryId);
        Write(destination, 74, (uint)appEvent.Source);
        return RecordBytes;
    }

    private static void Write<T>(Span<byte> destination, int offset, T value)
        where T : unmanaged => MemoryMarshal.Write(destination[offset..], in value);
}
