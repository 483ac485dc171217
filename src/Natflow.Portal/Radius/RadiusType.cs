namespace Natflow.Portal.Radius;

/// <summary>Numbers of attributes.</summary>
internal static class RadiusType
{
    internal const byte UserName = 1;
    internal const byte UserPassword = 2;
    internal const byte ChapPassword = 3;
    internal const byte NasIpAddress = 4;
    internal const byte NasPort = 5;
    internal const byte ServiceType = 6;
    internal const byte FramedIpAddress = 8;
    internal const byte ReplyMessage = 18;
    internal const byte State = 24;
    internal const byte Class = 25;
    internal const byte VendorSpecific = 26;
    internal const byte SessionTimeout = 27;
    internal const byte IdleTimeout = 28;
    internal const byte CalledStationId = 30;
    internal const byte CallingStationId = 31;
    internal const byte NasIdentifier = 32;
    internal const byte ProxyState = 33;
    internal const byte AcctStatusType = 40;
    internal const byte AcctDelayTime = 41;
    internal const byte AcctInputOctets = 42;
    internal const byte AcctOutputOctets = 43;
    internal const byte AcctSessionId = 44;
    internal const byte AcctAuthentic = 45;
    internal const byte AcctSessionTime = 46;
    internal const byte AcctInputPackets = 47;
    internal const byte AcctOutputPackets = 48;
    internal const byte AcctTerminateCause = 49;
    internal const byte AcctInputGigawords = 52;
    internal const byte AcctOutputGigawords = 53;
    internal const byte EventTimestamp = 55;
    internal const byte ChapChallenge = 60;
    internal const byte NasPortType = 61;
    internal const byte PortLimit = 62;
    internal const byte MessageAuthenticator = 80;
    internal const byte AcctInterimInterval = 85;
    internal const byte NasIpv6Address = 95;
    internal const byte ErrorCause = 101;
    internal const byte FramedIpv6Address = 168;

    /// <summary>Vendor WISPr: rates in bit/s.</summary>
    internal const uint Wispr = 14122;
    internal const byte WisprBandwidthMaxUp = 7;
    internal const byte WisprBandwidthMaxDown = 8;

    /// <summary>Vendor ChilliSpot: what most hotspot servers grant volumes by.</summary>
    internal const uint ChilliSpot = 14559;
    internal const byte ChilliSpotMaxTotalOctets = 3;
    internal const byte ChilliSpotMaxTotalGigawords = 23;

    /// <summary>Vendor MikroTik, likewise.</summary>
    internal const uint MikroTik = 14988;
    internal const byte MikroTikTotalLimit = 17;
    internal const byte MikroTikTotalLimitGigawords = 18;
}
