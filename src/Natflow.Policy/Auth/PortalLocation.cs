using System.Globalization;

namespace Natflow.Policy.Auth;

/// <summary>Where a user who has to log in is sent by HTTP, with what a portal elsewhere wants to know of it.</summary>
public static class PortalLocation
{
    private const ushort HttpPort = 80;

    /// <summary>The URL.</summary>
    /// <param name="model">The auth rules.</param>
    /// <param name="user">The user's address.</param>
    /// <param name="mac">Its MAC.</param>
    /// <param name="ruleId">The rule that wants the login.</param>
    /// <param name="nowMs">A number that is another each time, so that no cache answers.</param>
    public static string Of(AuthModel model, in IpAddress user, ulong mac, uint ruleId, long nowMs)
    {
        ArgumentNullException.ThrowIfNull(model);
        string query = string.Create(
            CultureInfo.InvariantCulture, $"ip={user}&mac={MacText.Print(mac).ToUpperInvariant().Replace(':', '-')}&rid={ruleId}&_t={nowMs}");
        if (model.RedirectUrl.Length != 0)
            return $"{model.RedirectUrl}{(model.RedirectUrl.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{query}";
        bool hasIpv6Portal = user.IsIpv6 && model.RedirectIp6.Value != UInt128.Zero;
        string host = hasIpv6Portal ? $"[{model.RedirectIp6}]" : model.RedirectIp.ToString();
        string port = model.RedirectPort == HttpPort ? "" : string.Create(CultureInfo.InvariantCulture, $":{model.RedirectPort}");
        return $"http://{host}{port}/index.html?{query}";
    }
}
