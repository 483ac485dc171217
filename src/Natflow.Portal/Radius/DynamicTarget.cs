using System.Buffers.Binary;
using Natflow.Policy;
using Natflow.Portal.Sessions;

namespace Natflow.Portal.Radius;

/// <summary>Which session a request is about: all that it names must fit (RFC 5176 section 3).</summary>
internal readonly record struct DynamicTarget(string? SessionId, string? Login, IpAddress? Address, ulong? Mac)
{
    /// <summary>Reads what a request names.</summary>
    /// <param name="packet">The request.</param>
    /// <param name="target">What it names.</param>
    /// <param name="error">An Error-Cause where it names nothing, or nothing that can be.</param>
    internal static bool TryRead(RadiusPacket packet, out DynamicTarget target, out uint error)
    {
        target = default;
        error = DynamicError.InvalidRequest;
        IpAddress? address = null;
        if (packet.Find(RadiusType.FramedIpAddress) is { } ipv4)
        {
            if (ipv4.Length != 4)
                return false;
            address = IpAddress.FromIpv4(BinaryPrimitives.ReadUInt32BigEndian(ipv4));
        }
        else if (packet.Find(RadiusType.FramedIpv6Address) is { } ipv6)
        {
            if (ipv6.Length != 16)
                return false;
            address = IpAddress.FromIpv6(BinaryPrimitives.ReadUInt128BigEndian(ipv6));
        }

        ulong? mac = null;
        if (packet.Text(RadiusType.CallingStationId) is { } station)
        {
            if (!MacText.TryParse(station, out ulong parsed))
                return false;
            mac = parsed;
        }

        target = new DynamicTarget(packet.Text(RadiusType.AcctSessionId), packet.Text(RadiusType.UserName), address, mac);
        error = target == default ? DynamicError.MissingAttribute : 0;
        return target != default;
    }

    /// <summary>Whether a session is meant.</summary>
    internal bool IsOf(PortalSession session) => (SessionId is null || SessionId == session.Id) && (Login is null || Login == session.Login)
        && (Address is null || Address == session.Address) && (Mac is null || Mac == session.Mac);
}
