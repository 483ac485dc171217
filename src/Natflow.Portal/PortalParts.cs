using System.Net;
using System.Net.Sockets;
using Natflow.Actors;
using Natflow.Gateway.Users;
using Natflow.Policy;
using Natflow.Portal.Access;
using Natflow.Portal.Logins;
using Natflow.Portal.Pages;
using Natflow.Portal.Radius;
using Natflow.Portal.Sessions;

namespace Natflow.Portal;

/// <summary>The portal without its page: who may log in, who is in, who is told. Made before the users' actor, whose events it hears; opened when users can be asked.</summary>
public sealed class PortalParts : IPolicyEventSink, IAsyncDisposable
{
    private static readonly TimeSpan EndTimeout = TimeSpan.FromSeconds(5);

    private readonly PortalSettings _settings;
    private readonly TimeProvider _clock;
    private readonly Action<string> _warn;
    private readonly RadiusExchange _exchange;
    private readonly LoginSources _sources;
    private ISubscribers? _subscribers;
    private IActorRef? _sessions;
    private RadiusAccounting? _accounting;
    private DynamicAuthorization? _dynamic;
    private LoginDesk? _desk;
    private Func<IPAddress, byte?>? _portOf;

    private PortalParts(PortalSettings settings, LoginSources sources, RadiusExchange exchange, TimeProvider clock, Action<string> warn)
    {
        _settings = settings;
        _sources = sources;
        _exchange = exchange;
        _clock = clock;
        _warn = warn;
    }

    /// <summary>Reads the files of names and codes.</summary>
    /// <param name="settings">What is offered.</param>
    /// <param name="clock">Time.</param>
    /// <param name="warn">Gets what the operator should know. Any thread.</param>
    /// <exception cref="IOException">A file has mistakes; the message has all of them.</exception>
    public static PortalParts Read(PortalSettings settings, TimeProvider clock, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(settings);
        var errors = new List<string>();
        UserList? users = null;
        VoucherBook? vouchers = null;
        if (settings.Methods.Contains(LoginMethod.Password))
        {
            users = new UserList(settings.UsersPath, warn);
            errors.AddRange(users.Open());
        }

        if (settings.Methods.Contains(LoginMethod.Voucher))
        {
            vouchers = new VoucherBook(settings.VouchersPath, settings.StateDirectory, clock, warn);
            errors.AddRange(vouchers.Open());
        }

        if (errors.Count != 0)
            throw new IOException(string.Join(Environment.NewLine, errors));
        var exchange = new RadiusExchange(settings.Radius, clock, warn);
        RadiusLogin? radius = settings.Methods.Contains(LoginMethod.Radius) ? new RadiusLogin(settings.Radius, exchange) : null;
        return new PortalParts(settings, new LoginSources(users, vouchers, radius), exchange, clock, warn);
    }

    /// <summary>Sessions can be from now on.</summary>
    /// <param name="system">Parent of the actor of sessions.</param>
    /// <param name="subscribers">The gateway's users.</param>
    /// <param name="events">Gets what is decided here: refused logins, vouchers used. Any thread.</param>
    /// <param name="portOf">LAN port that a connection to one of the box's addresses comes by; null where that is not known.</param>
    /// <exception cref="IOException">The port for changes by RADIUS servers is taken.</exception>
    public void Open(ActorSystem system, ISubscribers subscribers, IPolicyEventSink events, Func<IPAddress, byte?> portOf)
    {
        ArgumentNullException.ThrowIfNull(system);
        if (_settings.Radius.Accounting.Count != 0)
            _accounting = new RadiusAccounting(_settings.Radius, _exchange, _clock, _warn);
        ISessionRecorder recorder = _accounting is { } accounting ? accounting : new NoRecorder();
        _sessions = system.ActorOf(Props.Create(() => new SessionActor(subscribers, recorder, _sources.Vouchers, _clock)), "portal-sessions");
        _subscribers = subscribers;
        _desk = new LoginDesk(_settings, subscribers, _sessions, _sources, events, _clock);
        _portOf = portOf;
        if (_settings.Radius.DynamicAuthorization is not { } endPoint)
            return;
        try
        {
            _dynamic = DynamicAuthorization.Start(_settings.Radius, _sessions, _clock);
        }
        catch (SocketException error)
        {
            throw new IOException($"natflow.portal.radius.dynamic: {endPoint}: {error.Message}", error);
        }
    }

    /// <inheritdoc />
    public void Publish(PolicyEvent policyEvent)
    {
        if (SessionActor.Hears(policyEvent))
            _sessions?.Tell(policyEvent, ActorRefs.NoSender);
    }

    /// <summary>Ends all sessions' reports, for a while.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_dynamic is { } dynamic)
            await dynamic.DisposeAsync();
        if (_sessions is { } sessions)
        {
            await sessions.Ask<EndSessions>(EndSessions.Instance, EndTimeout);
            await sessions.GracefulStop(EndTimeout);
        }

        if (_accounting is { } accounting)
            await accounting.DisposeAsync();
        _desk?.Dispose();
        _exchange.Dispose();
    }

    /// <summary>Where changes by RADIUS servers are heard; null for nowhere.</summary>
    internal IPEndPoint? DynamicEndPoint => _dynamic?.EndPoint;

    /// <summary>Sessions now, what was published before counted in.</summary>
    internal async Task<int> CountSessions() => (await _sessions!.Ask<SessionCount>(SessionCountRequest.Instance, EndTimeout)).Count;

    /// <summary>What answers requests to an address.</summary>
    internal PortalPages PagesFor(PortalAddress address, byte[] style)
    {
        var step = new PortalStep(
            new RateGate<IpAddress>(_settings.RequestsPerSecond, TimeSpan.FromSeconds(1), _clock), new FormSeal(_clock), _portOf ?? (static _ => null), style);
        return new PortalPages(address, _subscribers!, _desk!, new PageWriter(_settings), step);
    }

    private sealed class NoRecorder : ISessionRecorder
    {
        public void Record(SessionReport report)
        {
            // Nobody wants to know.
        }
    }
}
