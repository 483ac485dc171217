using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Natflow.Netlink.Model;

namespace Natflow.Netlink.Messages;

/// <summary>Reads RTA_MULTIPATH (struct rtnexthop and attributes, one after another) and RTA_VIA. Total.</summary>
internal static class NextHopParser
{
    internal const uint FlagDead = 0x1; // RTNH_F_DEAD

    private const int FixedBytes = 8;
    private const ushort GatewayAttribute = 5; // RTA_GATEWAY
    private const ushort Via = 18; // RTA_VIA

    internal static bool TryReadMultipath(ReadOnlySpan<byte> value, out ImmutableArray<NextHop> nextHops)
    {
        nextHops = [];
        ImmutableArray<NextHop>.Builder builder = ImmutableArray.CreateBuilder<NextHop>(value.Length / FixedBytes);
        while (!value.IsEmpty)
        {
            if (value.Length < FixedBytes) return false;
            int lengthBytes = MemoryMarshal.Read<ushort>(value);
            if (lengthBytes < FixedBytes || lengthBytes > value.Length) return false;
            if (!TryReadGateway(value[FixedBytes..lengthBytes], out IpAddress gateway)) return false;

            int linkIndex = MemoryMarshal.Read<int>(value[4..]);
            if ((value[2] & FlagDead) == 0)
                builder.Add(new NextHop(linkIndex, gateway, Weight: (ushort)(value[3] + 1)));
            value = value[Math.Min(Alignment.Up(lengthBytes), value.Length)..];
        }

        nextHops = builder.ToImmutable();
        return true;
    }

    /// <summary>struct rtvia: a family of 16 bits and an address of that family, for a gateway of another family than the route.</summary>
    internal static bool TryReadVia(ReadOnlySpan<byte> value, out IpAddress gateway)
    {
        gateway = IpAddress.None;
        return value.Length > sizeof(ushort)
            && IpAddress.TryRead(value[sizeof(ushort)..], out gateway)
            && gateway.WidthBits == AddressFamilyNumber.WidthBits((byte)MemoryMarshal.Read<ushort>(value));
    }

    private static bool TryReadGateway(ReadOnlySpan<byte> nested, out IpAddress gateway)
    {
        gateway = IpAddress.None;
        var attributes = new AttributeReader(nested);
        while (attributes.TryNext(out ushort type, out ReadOnlySpan<byte> value))
        {
            if (type == GatewayAttribute && !IpAddress.TryRead(value, out gateway)) return false;
            if (type == Via && !TryReadVia(value, out gateway)) return false;
        }

        return !attributes.IsMalformed;
    }
}
