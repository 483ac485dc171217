using Natflow.Core;

namespace Natflow.Policy.Auth;

/// <summary>Judges a flow by its user's state. Pure; the answer holds until the user's generation changes, so a flow refused before a login lives after it.</summary>
public static class AuthGate
{
    private const ushort Dns = 53;
    private const ushort DhcpServer = 67;
    private const ushort DhcpClient = 68;
    private const ushort Dhcp6Client = 546;
    private const ushort Dhcp6Server = 547;
    private const ushort Http = 80;
    private const ushort Https = 443;

    /// <summary>The verdict on a flow.</summary>
    /// <param name="table">The rules.</param>
    /// <param name="state">The user's state, matched.</param>
    /// <param name="packet">The flow.</param>
    /// <param name="mayUnmatchedPass">
    /// Whether users that no rule matches pass, as they all did in the original. Without any rule there is nothing to enforce, and all pass.
    /// </param>
    public static AuthVerdict Judge(AuthTable table, in AuthState state, in AuthPacket packet, bool mayUnmatchedPass)
    {
        ArgumentNullException.ThrowIfNull(table);
        if (table.Model.IsDisabled)
            return AuthVerdict.Pass;
        switch (state.Status)
        {
            case AuthStatus.Blocked:
                return AuthVerdict.Drop;
            case AuthStatus.None:
                bool passes = mayUnmatchedPass || table.Model.Rules.IsEmpty;
                return passes ? AuthVerdict.Pass : IsExempt(table, packet) ? AuthVerdict.PassUnauthenticated : AuthVerdict.Drop;
            case AuthStatus.Required:
                return JudgeRequired(table, packet);
            default:
                return AuthVerdict.Pass;
        }
    }

    private static AuthVerdict JudgeRequired(AuthTable table, in AuthPacket packet)
    {
        if (IsExempt(table, packet))
            return AuthVerdict.PassUnauthenticated;

        // A visitor of a server behind the user is no client to be sent to the portal, as the original did.
        if (!packet.IsFromUser || packet.Protocol != IpProtocol.Tcp)
            return AuthVerdict.Drop;
        if (packet.DestinationPort == Https && table.Model.RedirectsHttps)
            return AuthVerdict.RedirectHttps;
        return packet.DestinationPort == Http ? AuthVerdict.RedirectHttp : AuthVerdict.Reset;
    }

    private static bool IsExempt(AuthTable table, in AuthPacket packet)
    {
        if (!packet.IsFromUser)
            return table.IsBypassed(packet.Destination, packet.Source);
        return table.IsPortal(packet.Destination) || table.IsBypassed(packet.Source, packet.Destination) || IsDns(packet) || IsDhcp(packet);
    }

    // Over TCP too (RFC 7766): answers that do not fit a datagram come that way. The original knew UDP alone.
    private static bool IsDns(in AuthPacket packet) => packet is { DestinationPort: Dns, Protocol: IpProtocol.Udp or IpProtocol.Tcp };

    // Clients of DHCPv6 send from 546 to 547 (RFC 8415 section 7.2).
    private static bool IsDhcp(in AuthPacket packet) => packet.Protocol == IpProtocol.Udp && (packet.Destination.IsIpv6
        ? packet is { SourcePort: Dhcp6Client, DestinationPort: Dhcp6Server }
        : packet is { SourcePort: DhcpClient, DestinationPort: DhcpServer });
}
