using System.Net;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using Natflow.Actors;
using Natflow.Gateway.Users;
using Natflow.Portal.Logins;
using Natflow.Portal.Radius;
using Natflow.Testing;

namespace Natflow.Portal.Tests;

/// <summary>A portal on a loopback address, in front of users that are made up. Clients are other loopback addresses.</summary>
internal sealed partial class PortalRig : IAsyncDisposable, IPolicyEventSink
{
    internal const string Client = "127.0.0.2";
    internal const string Alice = "alice";
    internal const string Password = "correct horse";

    private readonly string _directory = Directory.CreateTempSubdirectory("natflow-portal-").FullName;
    private readonly ActorSystem _system;
    private readonly List<HttpClient> _clients = [];
    private PortalParts? _parts;
    private PortalServer? _server;

    private PortalRig() => _system = ActorSystem.Create("portal", new ActorSystemSettings { LogDeadLetters = 0, TimeProvider = Time });

    internal FakeSubscribers Subscribers { get; } = new();

    internal TestTime Time { get; } = new();

    internal PortalParts Parts => _parts!;

    internal PortalServer Server => _server!;

    internal Uri Root => new($"http://127.0.0.1:{_server!.Port}/");

    internal string UsersPath => Path.Combine(_directory, "users");

    internal string VouchersPath => Path.Combine(_directory, "vouchers");

    internal string StateDirectory => Path.Combine(_directory, "state");

    internal List<string> Warnings { get; } = [];

    internal System.Collections.Concurrent.ConcurrentQueue<PolicyEvent> Events { get; } = [];

    public void Publish(PolicyEvent policyEvent) => Events.Enqueue(policyEvent);

    internal static async Task<PortalRig> Start(Func<PortalSettings, PortalSettings>? change = null, Action<PortalRig>? prepare = null, bool knowsPort = false, TimeProvider? clock = null)
    {
        var rig = new PortalRig();
        await File.WriteAllTextAsync(rig.UsersPath, $"# the list\n{Alice} {PasswordHash.Of(Password, 1000)} time=8h down=10M up=2M\n");
        await File.WriteAllTextAsync(rig.VouchersPath, "GOOD-CODE-0001 time=1h volume=1M devices=2\nMORE-CODE-0002\n");
        prepare?.Invoke(rig);
        PortalSettings settings = rig.Settings();
        settings = change?.Invoke(settings) ?? settings;
        rig._parts = PortalParts.Read(settings, clock ?? rig.Time, rig.Warnings.Add);
        rig.Subscribers.Publish = rig._parts.Publish;
        rig._parts.Open(rig._system, rig.Subscribers, rig, _ => knowsPort ? (byte)0 : null);
        rig._server = await PortalServer.Start(settings, rig._parts);
        return rig;
    }

    internal PortalSettings Settings() => new()
    {
        IsEnabled = true,
        Addresses = [IPAddress.Loopback],
        Port = 0,
        TlsPort = 0,
        CertificatePath = "",
        KeyPath = "",
        Name = "",
        Title = "Café <Welcome>",
        Terms = "",
        LandingUrl = "https://example.org/",
        Methods = [LoginMethod.Click, LoginMethod.Voucher, LoginMethod.Password],
        UsersPath = UsersPath,
        VouchersPath = VouchersPath,
        StateDirectory = StateDirectory,
        Session = SessionGrant.Unlimited,
        AttemptsPerMinute = 10,
        RequestsPerSecond = 1000,
        Radius = RadiusSettings.None,
    };

    /// <summary>A client of its own address, that follows no redirect.</summary>
    internal HttpClient From(string address, bool keepsCookies = true)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = keepsCookies,
            ConnectCallback = async (context, cancellation) =>
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
                await socket.ConnectAsync(IPAddress.Loopback, _server!.Port, cancellation);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        var client = new HttpClient(handler) { BaseAddress = Root, Timeout = TimeSpan.FromSeconds(30) };
        _clients.Add(client);
        return client;
    }

    /// <summary>The seal of the page that a client sees.</summary>
    internal static async Task<string> Seal(HttpClient client) => SealOf(await client.GetStringAsync("/"));

    internal static string SealOf(string html) => SealField().Match(html).Groups["seal"].Value;

    /// <summary>Sends the form of a page that was fetched before.</summary>
    internal static async Task<HttpResponseMessage> Post(HttpClient client, string path, params (string Name, string Value)[] fields)
    {
        string seal = await Seal(client);
        return await client.PostAsync(path, Form([("seal", seal), .. fields]));
    }

    internal static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) =>
        new(fields.Select(static field => KeyValuePair.Create(field.Name, field.Value)));

    public async ValueTask DisposeAsync()
    {
        foreach (HttpClient client in _clients)
            client.Dispose();
        if (_server is not null)
            await _server.DisposeAsync();
        if (_parts is not null)
            await _parts.DisposeAsync();
        await _system.Terminate();
        Directory.Delete(_directory, recursive: true);
    }

    [GeneratedRegex("name=\"seal\" value=\"(?<seal>[^\"]*)\"", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SealField();
}
