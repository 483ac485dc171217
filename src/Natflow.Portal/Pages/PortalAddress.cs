using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Natflow.Policy;

namespace Natflow.Portal.Pages;

/// <summary>By which names and addresses the portal is reached.</summary>
internal sealed class PortalAddress
{
    private readonly HashSet<string> _hosts = new(StringComparer.OrdinalIgnoreCase);
    private readonly string _ipv4Root = "/";
    private readonly string _ipv6Root = "/";

    /// <summary>Of a portal that listens.</summary>
    /// <param name="settings">Where.</param>
    /// <param name="port">Its port of HTTP.</param>
    /// <param name="tlsPort">Its port of HTTPS.</param>
    internal PortalAddress(PortalSettings settings, int port, int tlsPort)
    {
        foreach (IPAddress address in settings.Addresses)
        {
            _hosts.Add(address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{address}]" : address.ToString());
            if (address.AddressFamily == AddressFamily.InterNetworkV6)
                _ipv6Root = RootOf("http", $"[{address}]", port, 80);
            else
                _ipv4Root = RootOf("http", address.ToString(), port, 80);
        }

        if (settings.Name.Length != 0)
            _hosts.Add(settings.Name);
        if (settings.IsTls && settings.Name.Length != 0)
            SecureRoot = RootOf("https", settings.Name, tlsPort, 443);
    }

    /// <summary>The page by HTTPS; null without a certificate and a name.</summary>
    internal string? SecureRoot { get; }

    /// <summary>Whether a request's host is the portal; else DNS, or a stranger's page, leads here.</summary>
    /// <param name="host">Without port; IPv6 in brackets.</param>
    internal bool IsOwn(string host) => _hosts.Contains(host);

    /// <summary>The page for a client.</summary>
    internal string RootFor(in IpAddress client) => SecureRoot ?? (client.IsIpv6 && _ipv6Root != "/" ? _ipv6Root : _ipv4Root != "/" ? _ipv4Root : _ipv6Root);

    private static string RootOf(string scheme, string host, int port, int usual) =>
        port == usual ? $"{scheme}://{host}/" : string.Create(CultureInfo.InvariantCulture, $"{scheme}://{host}:{port}/");
}
