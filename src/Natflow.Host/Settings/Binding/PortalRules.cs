using Natflow.Portal.Logins;

namespace Natflow.Host.Settings.Binding;

/// <summary>Settings of the portal that contradict each other.</summary>
internal static class PortalRules
{
    /// <summary>Notes something that is broken at a key.</summary>
    internal delegate void Note(Func<bool> isBroken, string key, string message, params ReadOnlySpan<string> otherKeys);

    /// <summary>Notes every contradiction.</summary>
    internal static void Check(NatflowSettings settings, Note note)
    {
        if (!settings.Portal.IsEnabled)
            return;
        note(() => settings.Portal.Methods.Count == 0, "natflow.portal.methods", "expected at least one way to log in, such as [ click ]");
        note(
            () => settings.Portal.Methods.Contains(LoginMethod.Radius) && settings.Portal.Radius.Servers.Count == 0,
            "natflow.portal.radius.servers",
            "expected at least one server, for portal.methods has radius",
            "natflow.portal.methods");
        note(
            () => settings.Portal.Radius.DynamicAuthorization is not null && settings.Portal.Radius.DynamicClients.Count == 0,
            "natflow.portal.radius.dynamic.clients",
            "expected at least one client, for dynamic.address says to listen");
        note(
            () => settings.Portal.IsTls && settings.Portal.Port == settings.Portal.TlsPort && settings.Portal.Port != 0,
            "natflow.portal.tls-port",
            "expected another port than portal.port",
            "natflow.portal.port");
        note(
            () => settings.Portal.Name.Length != 0 && !settings.Portal.IsTls,
            "natflow.portal.certificate",
            "expected a certificate, for portal.name sends users to HTTPS",
            "natflow.portal.name");
        note(() => settings.Portal.Port == 0 && settings.Policy.Models.Auth.RedirectUrl.Length == 0, "natflow.portal.port", "expected a port that users can be sent to, 1 to 65535");
        note(() => settings.Policy.Models.Auth.IsDisabled, "natflow.auth.enabled", "expected on, for nobody is sent to the portal without auth", "natflow.portal.enabled");
    }
}
