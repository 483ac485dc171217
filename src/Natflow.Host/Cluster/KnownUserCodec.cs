using System.Buffers.Binary;
using System.Text;
using Natflow.Flows.Users;
using Natflow.Gateway.Users;
using Natflow.Policy;
using Natflow.Policy.Auth;
using Natflow.Policy.Users;

namespace Natflow.Host.Cluster;

/// <summary>Users on their way to a standby: little-endian, a version first. Any bytes give a result.</summary>
internal static class KnownUserCodec
{
    /// <summary>Most bytes of a user: 256 addresses, two names.</summary>
    internal const int UserBytesMax = 8192;

    private const byte Version = 1;
    private const int NameCharsMax = 256;
    private const int AddressesMax = 256;
    private const int AddressBytes = 17;

    /// <summary>Writes users into payloads of a size at most.</summary>
    internal static IEnumerable<byte[]> Write(IEnumerable<KnownUser> users, int payloadBytesMax)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
        foreach (KnownUser user in users)
        {
            if (stream.Length == 0)
                writer.Write(Version);
            Write(writer, user);
            if (stream.Length + UserBytesMax <= payloadBytesMax)
                continue;
            yield return stream.ToArray();
            stream.SetLength(0);
        }

        if (stream.Length != 0)
            yield return stream.ToArray();
    }

    /// <summary>Reads users.</summary>
    /// <returns>False for what is none: the users before that are in the list.</returns>
    internal static bool TryRead(ReadOnlyMemory<byte> payload, List<KnownUser> users)
    {
        using var stream = new MemoryStream(payload.ToArray());
        using var reader = new BinaryReader(stream, Encoding.UTF8);
        try
        {
            if (reader.ReadByte() != Version)
                return false;
            while (stream.Position < stream.Length)
            {
                if (Read(reader) is not { } user)
                    return false;
                users.Add(user);
            }

            return true;
        }
        catch (Exception error) when (error is IOException or ArgumentException or FormatException)
        {
            return false;
        }
    }

    private static void Write(BinaryWriter writer, KnownUser user)
    {
        int count = Math.Min(user.Addresses.Count, AddressesMax);
        writer.Write((ushort)count);
        Span<byte> address = stackalloc byte[AddressBytes];
        for (int i = 0; i < count; i++)
        {
            address[0] = user.Addresses[i].IsIpv6 ? (byte)6 : (byte)4;
            BinaryPrimitives.WriteUInt128BigEndian(address[1..], user.Addresses[i].Value);
            writer.Write(address);
        }

        writer.Write(user.Zone);
        writer.Write((byte)user.Auth.Status);
        writer.Write((byte)user.Auth.Type);
        writer.Write(user.Auth.RuleId);
        writer.Write(user.Mac);
        writer.Write(Cut(user.InterfaceName));
        writer.Write(Cut(user.Login));
        writer.Write(user.SessionLeft is { } left ? (long)left.TotalMilliseconds : -1);
        writer.Write(user.Limits.UpBitsPerSecond);
        writer.Write(user.Limits.DownBitsPerSecond);
        writer.Write(user.Limits.Burst.Ticks);
        writer.Write(user.HasOwnLimits);
        writer.Write(user.HasSessionLimits);
        writer.Write(user.Quota.VolumeBytesMax);
        writer.Write(user.Quota.VolumeBaseBytes);
        writer.Write(user.Quota.DeviceCountMax);
        writer.Write(user.Total.RxPackets);
        writer.Write(user.Total.RxBytes);
        writer.Write(user.Total.TxPackets);
        writer.Write(user.Total.TxBytes);
    }

    private static KnownUser? Read(BinaryReader reader)
    {
        int count = reader.ReadUInt16();
        if (count is 0 or > AddressesMax)
            return null;
        var addresses = new IpAddress[count];
        Span<byte> address = stackalloc byte[AddressBytes];
        for (int i = 0; i < count; i++)
        {
            reader.BaseStream.ReadExactly(address);
            UInt128 value = BinaryPrimitives.ReadUInt128BigEndian(address[1..]);
            if (address[0] is not (4 or 6) || (address[0] == 4 && value > uint.MaxValue))
                return null;
            addresses[i] = address[0] == 6 ? IpAddress.FromIpv6(value) : IpAddress.FromIpv4((uint)value);
        }

        ushort zone = reader.ReadUInt16();
        AuthState auth = AuthState.NewAt(0) with { Status = (AuthStatus)reader.ReadByte(), Type = (AuthType)reader.ReadByte(), RuleId = reader.ReadUInt32() };
        var user = new KnownUser(addresses, zone, auth) { Mac = reader.ReadUInt64(), InterfaceName = reader.ReadString(), Login = reader.ReadString() };
        long leftMs = reader.ReadInt64();
        var limits = new PolicyLimits(reader.ReadInt64(), reader.ReadInt64(), TimeSpan.FromTicks(reader.ReadInt64()));
        user = user with
        {
            SessionLeft = leftMs < 0 ? null : TimeSpan.FromMilliseconds(Math.Min(leftMs, uint.MaxValue * 1000L)),
            Limits = limits,
            HasOwnLimits = reader.ReadBoolean(),
            HasSessionLimits = reader.ReadBoolean(),
            Quota = new UserQuota(reader.ReadUInt64(), reader.ReadUInt64(), 0, reader.ReadUInt16()),
            Total = new UserTraffic(reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64(), reader.ReadUInt64()),
        };
        bool isSound = Enum.IsDefined(auth.Status) && Enum.IsDefined(auth.Type) && limits.IsValid && user.InterfaceName.Length <= NameCharsMax && user.Login.Length <= NameCharsMax;
        return isSound ? user : null;
    }

    private static string Cut(string name) => name.Length <= NameCharsMax ? name : name[..NameCharsMax];
}
