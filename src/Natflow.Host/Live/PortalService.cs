using System.Net;
using Natflow.Actors;
using Natflow.Actors.Event;
using Natflow.Core;
using Natflow.Gateway.Live;
using Natflow.Gateway.Users;
using Natflow.Host.Settings;
using Natflow.Netlink.Model;
using Natflow.Portal;

namespace Natflow.Host.Live;

/// <summary>The login page beside a running gateway.</summary>
internal sealed class PortalService : IAsyncDisposable
{
    private readonly PortalSettings _settings;
    private readonly LivePort[] _ports;
    private PortalServer? _server;

    private PortalService(PortalSettings settings, PortalParts parts, IEnumerable<LivePort> ports)
    {
        _settings = settings;
        Parts = parts;
        _ports = [.. ports.Where(static port => port.Side == Side.Lan)];
    }

    /// <summary>Hears of what the user actor decides.</summary>
    internal PortalParts Parts { get; }

    /// <summary>Reads the files of names and codes.</summary>
    /// <returns>Null where no page is wanted.</returns>
    /// <exception cref="IOException">A file has mistakes.</exception>
    internal static PortalService? Prepare(NatflowSettings settings, IReadOnlyList<LivePort> ports, ILoggingAdapter log, TimeProvider clock) => settings.Portal.IsEnabled
        ? new PortalService(settings.Portal, PortalParts.Read(settings.Portal, clock, note => log.Warning("portal: {0}", note)), ports)
        : null;

    /// <summary>Serves the page.</summary>
    /// <param name="system">Parent of its actors.</param>
    /// <param name="users">The gateway's users.</param>
    /// <param name="journal">Gets what the page decides; null where nothing is kept.</param>
    /// <param name="network">The box's network now. Any thread.</param>
    /// <returns>What the operator should know.</returns>
    /// <exception cref="IOException">An address is not the box's, or a port is taken.</exception>
    internal async Task<string> Open(ActorSystem system, UserControl users, IPolicyEventSink? journal, Func<NetworkModel> network)
    {
        IPolicyEventSink log = new LogEventSink(system.Log);
        Parts.Open(system, new GatewaySubscribers(users), journal is null ? log : new PolicyEventSinks([log, journal]), address => PortOf(address, network()));
        _server = await PortalServer.Start(_settings, Parts);
        string tls = _server.TlsPort == 0 ? "" : $", HTTPS on port {_server.TlsPort}";
        return $"portal: {string.Join(", ", _settings.Addresses)} port {_server.Port}{tls}";
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_server is { } server)
            await server.DisposeAsync();
        await Parts.DisposeAsync();
    }

    // The interface that has the portal's address; an address of no LAN port (lo) says nothing unless there is one port only.
    private byte? PortOf(IPAddress address, NetworkModel network)
    {
        IPAddress plain = address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
        _ = IpAddress.TryParse(plain.ToString(), out IpAddress own);
        foreach (LivePort port in _ports)
        {
            if (network.Addresses.On(port.InterfaceIndex).Any(known => known.Address == own))
                return port.PortIndex;
        }

        return _ports.Length == 1 ? _ports[0].PortIndex : null;
    }
}
