using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Natflow.Netlink.Model;

namespace Natflow.Netlink.Messages;

/// <summary>Reads RTM_NEWROUTE and RTM_DELROUTE: struct rtmsg and RTA_* attributes. Total.</summary>
/// <remarks>
/// Next hops that the kernel has marked dead are left out. Routes for a type of service, from a source prefix, of other tables than
/// <c>main</c> and <c>local</c>, and multicast routes are ignored.
/// </remarks>
public static class RouteParser
{
    internal const int FixedBytes = 12;

    private const uint FlagCloned = 0x200; // RTM_F_CLONED: an exception, such as a learned path MTU
    private const uint TableMain = 254;
    private const uint TableLocal = 255;

    private const ushort DestinationAttribute = 1; // RTA_DST
    private const ushort OutLink = 4; // RTA_OIF
    private const ushort GatewayAttribute = 5; // RTA_GATEWAY
    private const ushort Priority = 6; // RTA_PRIORITY
    private const ushort PreferredSource = 7; // RTA_PREFSRC
    private const ushort Metrics = 8; // RTA_METRICS
    private const ushort Multipath = 9; // RTA_MULTIPATH
    private const ushort Table = 15; // RTA_TABLE
    private const ushort Via = 18; // RTA_VIA
    private const ushort MetricMtu = 2; // RTAX_MTU

    /// <summary>Reads a message's payload.</summary>
    /// <param name="payload">What follows the netlink header.</param>
    /// <param name="destination">The prefix on <see cref="ParseStatus.Ok"/>.</param>
    /// <param name="target">What to do, on <see cref="ParseStatus.Ok"/>.</param>
    public static ParseStatus Parse(ReadOnlySpan<byte> payload, out IpPrefix destination, out RouteTarget? target)
    {
        destination = default;
        target = null;
        if (payload.Length < FixedBytes) return ParseStatus.Malformed;
        var fixedPart = new Fixed(payload);
        if (!fixedPart.IsRelevant) return ParseStatus.Ignored;
        if (fixedPart.LengthBits > fixedPart.WidthBits) return ParseStatus.Malformed;

        var fields = new Fields { Network = fixedPart.Zero, TableNumber = fixedPart.TableNumber };
        var attributes = new AttributeReader(payload[FixedBytes..]);
        while (attributes.TryNext(out ushort type, out ReadOnlySpan<byte> value))
        {
            if (!fields.TryTake(type, value)) return ParseStatus.Malformed;
        }

        if (attributes.IsMalformed || fields.Network.WidthBits != fixedPart.WidthBits) return ParseStatus.Malformed;
        if (fields.TableNumber is not (TableMain or TableLocal)) return ParseStatus.Ignored;

        destination = new IpPrefix(fields.Network, fixedPart.LengthBits);
        target = fields.ToTarget(fixedPart);
        return ParseStatus.Ok;
    }

    /// <summary>struct rtmsg.</summary>
    private readonly ref struct Fixed(ReadOnlySpan<byte> payload)
    {
        private readonly ReadOnlySpan<byte> _payload = payload;

        internal int WidthBits => AddressFamilyNumber.WidthBits(_payload[0]);

        internal byte LengthBits => _payload[1];

        internal byte TableNumber => _payload[4];

        internal byte Protocol => _payload[5];

        internal byte Scope => _payload[6];

        internal RouteKind Kind => (RouteKind)_payload[7];

        internal uint Flags => MemoryMarshal.Read<uint>(_payload[8..]);

        internal IpAddress Zero => WidthBits == 32 ? IpAddress.FromIpv4(0) : IpAddress.FromIpv6(0);

        internal bool IsRelevant =>
            WidthBits != 0
            && _payload[2] == 0 // No source prefix.
            && _payload[3] == 0 // No type of service.
            && (Flags & FlagCloned) == 0
            && Kind is RouteKind.Unicast or RouteKind.Local or RouteKind.Broadcast or RouteKind.Anycast
                or RouteKind.Blackhole or RouteKind.Unreachable or RouteKind.Prohibit or RouteKind.Throw;
    }

    private ref struct Fields
    {
        internal IpAddress Network;
        internal uint TableNumber;
        private uint _metric;
        private uint _mtuBytes;
        private uint _linkIndex;
        private IpAddress _gateway;
        private IpAddress _preferredSource;
        private ImmutableArray<NextHop> _multipath;

        internal bool TryTake(ushort type, ReadOnlySpan<byte> value) => type switch
        {
            DestinationAttribute => IpAddress.TryRead(value, out Network),
            OutLink => AttributeReader.TryReadUInt(value, out _linkIndex),
            GatewayAttribute => IpAddress.TryRead(value, out _gateway),
            Via => NextHopParser.TryReadVia(value, out _gateway),
            Priority => AttributeReader.TryReadUInt(value, out _metric),
            PreferredSource => IpAddress.TryRead(value, out _preferredSource),
            Table => AttributeReader.TryReadUInt(value, out TableNumber),
            Metrics => TryTakeMetrics(value),
            Multipath => NextHopParser.TryReadMultipath(value, out _multipath),
            _ => true,
        };

        internal readonly RouteTarget ToTarget(in Fixed fixedPart) => new(
            fixedPart.Kind,
            isLocalTable: TableNumber == TableLocal,
            _metric,
            fixedPart.Protocol,
            fixedPart.Scope,
            _preferredSource,
            (int)Math.Min(_mtuBytes, int.MaxValue),
            NextHops(fixedPart));

        private readonly ImmutableArray<NextHop> NextHops(in Fixed fixedPart)
        {
            if (!_multipath.IsDefault) return _multipath;
            bool isWayOut = fixedPart.Kind is RouteKind.Unicast or RouteKind.Local or RouteKind.Broadcast or RouteKind.Anycast;
            bool isDead = (fixedPart.Flags & NextHopParser.FlagDead) != 0;
            return isWayOut && !isDead && _linkIndex != 0 ? [new NextHop((int)_linkIndex, _gateway, Weight: 1)] : [];
        }

        private bool TryTakeMetrics(ReadOnlySpan<byte> nested)
        {
            var attributes = new AttributeReader(nested);
            while (attributes.TryNext(out ushort type, out ReadOnlySpan<byte> value))
            {
                if (type == MetricMtu && !AttributeReader.TryReadUInt(value, out _mtuBytes)) return false;
            }

            return !attributes.IsMalformed;
        }
    }
}
