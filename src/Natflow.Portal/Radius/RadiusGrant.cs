using Natflow.Flows.Users;
using Natflow.Gateway.Users;
using Natflow.Portal.Logins;
using Natflow.Portal.Sessions;

namespace Natflow.Portal.Radius;

/// <summary>What a server grants a session: Session-Timeout, Idle-Timeout, Port-Limit as devices at a time, rates of WISPr, volumes of ChilliSpot and MikroTik.</summary>
internal static class RadiusGrant
{
    /// <summary>Reads it; what is not there, or zero, is not limited.</summary>
    internal static SessionGrant Of(RadiusPacket packet) => new()
    {
        Seconds = packet.Number(RadiusType.SessionTimeout) ?? 0,
        IdleSeconds = packet.Number(RadiusType.IdleTimeout) ?? 0,
        UpBitsPerSecond = packet.VendorNumber(RadiusType.Wispr, RadiusType.WisprBandwidthMaxUp) ?? 0,
        DownBitsPerSecond = packet.VendorNumber(RadiusType.Wispr, RadiusType.WisprBandwidthMaxDown) ?? 0,
        VolumeBytes = Volume(packet, RadiusType.ChilliSpot, RadiusType.ChilliSpotMaxTotalOctets, RadiusType.ChilliSpotMaxTotalGigawords)
            ?? Volume(packet, RadiusType.MikroTik, RadiusType.MikroTikTotalLimit, RadiusType.MikroTikTotalLimitGigawords) ?? 0,
        DeviceCount = (ushort)Math.Min(packet.Number(RadiusType.PortLimit) ?? 0, ushort.MaxValue),
    };

    /// <summary>
    /// Whether a limit has a length that it cannot have: such an answer is no permission (RFC 2865 section 5), for without the limit it would let in for longer, or faster, than was meant.
    /// </summary>
    internal static bool IsMalformed(RadiusPacket packet) => packet.HasOtherLength(RadiusType.SessionTimeout) || packet.HasOtherLength(RadiusType.IdleTimeout)
        || packet.HasOtherLength(RadiusType.PortLimit) || packet.HasOtherLength(RadiusType.AcctInterimInterval)
        || packet.HasOtherLength(RadiusType.Wispr, RadiusType.WisprBandwidthMaxUp, RadiusType.WisprBandwidthMaxDown)
        || packet.HasOtherLength(RadiusType.ChilliSpot, RadiusType.ChilliSpotMaxTotalOctets, RadiusType.ChilliSpotMaxTotalGigawords)
        || packet.HasOtherLength(RadiusType.MikroTik, RadiusType.MikroTikTotalLimit, RadiusType.MikroTikTotalLimitGigawords);

    /// <summary>
    /// What a running session gets by a change. Times and volumes are those of the whole session, as they were when it was let in (RFC 2865 section 5.27): what is used already
    /// is taken off, and what is used up ends it.
    /// </summary>
    internal static SessionChangeRequest ChangeOf(RadiusPacket packet, PortalSession session, ulong usedBytes, DateTimeOffset now)
    {
        SessionGrant grant = Of(packet);
        bool hasRates = grant.UpBitsPerSecond != 0 || grant.DownBitsPerSecond != 0;
        PolicyLimits rates = grant.Over(session.Grant).Limits;
        long elapsed = Math.Max(0, (long)(now - session.StartedAt).TotalSeconds);
        return new SessionChangeRequest(session.Address)
        {
            SecondsLeft = grant.Seconds == 0 ? null : Math.Max(1, grant.Seconds - elapsed),
            Limits = hasRates ? rates : null,
            DeviceCountMax = grant.DeviceCount == 0 ? null : grant.DeviceCount,
            VolumeBytesLeft = grant.VolumeBytes == 0 ? null : grant.VolumeBytes > usedBytes ? grant.VolumeBytes - usedBytes : 1,
        };
    }

    private static ulong? Volume(RadiusPacket packet, uint vendor, byte octets, byte gigawords)
    {
        uint? low = packet.VendorNumber(vendor, octets);
        uint? high = packet.VendorNumber(vendor, gigawords);
        return low is null && high is null ? null : ((ulong)(high ?? 0) << 32) | (low ?? 0);
    }
}
