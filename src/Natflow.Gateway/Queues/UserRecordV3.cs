using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Natflow.Gateway.Users;
using Natflow.Policy;
using Natflow.Policy.Users;

namespace Natflow.Gateway.Queues;

/// <summary>The original's binary user event, version 3: 102 bytes in host byte order, address and MAC as on the wire.</summary>
public static class UserRecordV3
{
    /// <summary>Bytes of a record.</summary>
    public const int RecordBytes = 102;

    private const ushort Version = 3;
    private const ushort FamilyIpv4 = 2;
    private const ushort FamilyIpv6 = 10;
    private const int MacOffset = 28;
    private const int MacBytes = 6;
    private const int NameOffset = 86;
    private const int NameBytes = 16;
    private const int MsPerSecond = 1000;

    /// <summary>Makes the record of one of a user's addresses.</summary>
    /// <param name="user">The user.</param>
    /// <param name="address">The address.</param>
    public static byte[] Of(UserView user, in IpAddress address)
    {
        ArgumentNullException.ThrowIfNull(user);
        byte[] record = new byte[RecordBytes];
        Write(record, 0, Version);
        Write(record, 2, (ushort)RecordBytes);
        Write(record, 4, (ushort)RecordBytes);
        Write(record, 6, address.IsIpv6 ? FamilyIpv6 : FamilyIpv4);
        Write(record, 8, Narrow((ulong)Math.Max(0, user.IdleMs / MsPerSecond)));
        WriteAddress(record.AsSpan(12), address);
        for (int i = 0; i < MacBytes; i++)
            record[MacOffset + i] = (byte)(user.Mac >> (8 * (MacBytes - 1 - i)));
        record[34] = (byte)user.Auth.Type;
        record[35] = (byte)user.Auth.Status;
        Write(record, 36, (ushort)Math.Min(user.Auth.RuleId, ushort.MaxValue));
        WriteTraffic(record, user);
        byte[] name = Encoding.ASCII.GetBytes(user.InterfaceName);
        name.AsSpan(0, Math.Min(name.Length, NameBytes - 1)).CopyTo(record.AsSpan(NameOffset));
        return record;
    }

    private static void WriteTraffic(byte[] record, UserView user)
    {
        UserTraffic total = user.Total;
        Write(record, 38, total.RxPackets);
        Write(record, 46, total.RxBytes);
        Write(record, 54, total.TxPackets);
        Write(record, 62, total.TxBytes);
        UserTraffic speed = user.PerSecond;
        Write(record, 70, Narrow(speed.RxPackets));
        Write(record, 74, Narrow(speed.RxBytes));
        Write(record, 78, Narrow(speed.TxPackets));
        Write(record, 82, Narrow(speed.TxBytes));
    }

    private static void WriteAddress(Span<byte> destination, in IpAddress address)
    {
        if (address.IsIpv6)
            BinaryPrimitives.WriteUInt128BigEndian(destination, address.Value);
        else
            BinaryPrimitives.WriteUInt32BigEndian(destination, (uint)address.Value);
    }

    // A field that is too small for the truth says the most it can.
    private static uint Narrow(ulong value) => (uint)Math.Min(value, uint.MaxValue);

    private static void Write<T>(Span<byte> destination, int offset, T value)
        where T : unmanaged => MemoryMarshal.Write(destination[offset..], in value);
}
