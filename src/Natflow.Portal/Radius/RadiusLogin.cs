using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using Natflow.Policy;
using Natflow.Portal.Logins;

namespace Natflow.Portal.Radius;

/// <summary>Asks RADIUS servers whether a name and password are right (RFC 2865), by PAP or CHAP.</summary>
internal sealed class RadiusLogin(RadiusSettings settings, RadiusExchange exchange)
{
    private const int PasswordBytesMax = 128;
    private const int ChallengeBytes = 16;
    private const uint ServiceTypeLogin = 1;
    private const uint PortTypeEthernet = 15;

    /// <summary>Asks.</summary>
    /// <param name="name">Name.</param>
    /// <param name="password">Password.</param>
    /// <param name="client">Who logs in.</param>
    /// <param name="mac">Its MAC; 0 where it is not known.</param>
    /// <param name="sessionId">Number of the session that it would be.</param>
    /// <param name="end">Ends it.</param>
    internal async Task<RadiusVerdict> Check(string name, string password, IpAddress client, ulong mac, string sessionId, CancellationToken end)
    {
        byte[] clear = Encoding.UTF8.GetBytes(password);
        if (clear.Length > PasswordBytesMax)
            return RadiusVerdict.Refused(LoginRefusal.WrongCredentials);
        RadiusPacket? answer = await exchange.Ask(
            settings.Servers, server => Request(server, name, clear, client, mac, sessionId), settings.RequiresMessageAuthenticator, end);
        return answer?.Code switch
        {
            null => RadiusVerdict.Refused(LoginRefusal.Unavailable),
            RadiusCode.AccessAccept when RadiusGrant.IsMalformed(answer) => RadiusVerdict.Refused(LoginRefusal.Unavailable),
            RadiusCode.AccessAccept => Accepted(answer),
            _ => RadiusVerdict.Refused(LoginRefusal.WrongCredentials), // A challenge needs a dialogue that a page without one cannot lead.
        };
    }

    /// <summary>A MAC as RADIUS servers have it.</summary>
    internal static string StationOf(ulong mac) => MacText.Print(mac).ToUpperInvariant().Replace(':', '-');

    private RadiusVerdict Accepted(RadiusPacket answer)
    {
        uint interim = answer.Number(RadiusType.AcctInterimInterval) ?? 0;
        return new RadiusVerdict(
            LoginRefusal.None,
            RadiusGrant.Of(answer),
            [.. answer.All(RadiusType.Class)],
            interim >= 60 ? TimeSpan.FromSeconds(interim) : settings.Interim); // Shorter ones are not wanted (RFC 2869 section 5.16).
    }

    private byte[] Request(RadiusServer server, string name, byte[] password, IpAddress client, ulong mac, string sessionId)
    {
        byte[] authenticator = RandomNumberGenerator.GetBytes(RadiusPacket.AuthenticatorBytes);
        var writer = new RadiusWriter(RadiusCode.AccessRequest, authenticator[0]);
        writer.AddSignature().Add(RadiusType.UserName, name);
        if (settings.IsChap)
        {
            byte[] challenge = RandomNumberGenerator.GetBytes(ChallengeBytes);
            writer.Add(RadiusType.ChapPassword, RadiusAuthenticators.Prove(challenge[0], password, challenge)).Add(RadiusType.ChapChallenge, challenge);
        }
        else
        {
            writer.Add(RadiusType.UserPassword, RadiusAuthenticators.Hide(password, authenticator, server.Secret));
        }

        writer.Add(RadiusType.ServiceType, ServiceTypeLogin).Add(RadiusType.NasIdentifier, settings.NasIdentifier).Add(RadiusType.NasPortType, PortTypeEthernet)
            .Add(RadiusType.FramedIpAddress, RadiusType.FramedIpv6Address, IPAddress.Parse(string.Create(CultureInfo.InvariantCulture, $"{client}")))
            .Add(RadiusType.AcctSessionId, sessionId);
        if (mac != 0)
            writer.Add(RadiusType.CallingStationId, StationOf(mac));
        return writer.FinishAccess(authenticator, server.Secret);
    }
}
