using System.Security.Cryptography;
using System.Text;
using Natflow.Actors;
using Natflow.Gateway;
using Natflow.Gateway.Live;
using Natflow.Gateway.Queues;
using Natflow.Gateway.Users;
using Natflow.Host.Settings;
using Natflow.Policy.Sets;

namespace Natflow.Host.Live;

/// <summary>The actors that own users and rules, beside a data plane that obeys them, and the files that sets come from.</summary>
internal sealed class UserLayer : IAsyncDisposable
{
    private static readonly string[] Sections = ["natflow.users.", "natflow.zones", "natflow.auth.", "natflow.qos.", "natflow.acl.", "natflow.sets"];
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly DataPlane _plane;
    private readonly IActorRef _users;
    private readonly IActorRef _policy;
    private readonly IActorRef _sets;

    private UserLayer(DataPlane plane, IActorRef users, IActorRef policy, IActorRef setSources)
    {
        _plane = plane;
        _users = users;
        _policy = policy;
        _sets = setSources;
        Control = new UserControl(plane, users, policy, setSources);
    }

    /// <summary>Asks and tells the actors.</summary>
    internal UserControl Control { get; }

    /// <summary>Puts the configuration's rules in force in shards that do not run yet.</summary>
    /// <param name="system">Parent of the actors.</param>
    /// <param name="plane">Its workers do not run yet.</param>
    /// <param name="settings">The operator's.</param>
    /// <param name="ports">The gateway's ports, by index.</param>
    /// <param name="interfaceExists">Whether the box has an interface of a name.</param>
    /// <param name="record">What the process before left; null where nothing is kept.</param>
    /// <param name="clock">The workers' time.</param>
    /// <param name="listeners">Who hears of what is decided, beside the log.</param>
    /// <param name="queue">Where users wait for the reader of the original's queue.</param>
    /// <exception cref="GatewayException">A set's file has a mistake.</exception>
    internal static UserLayer Prepare(
        ActorSystem system, DataPlane plane, NatflowSettings settings, IReadOnlyList<LivePort> ports, Func<string, bool> interfaceExists, UserRecord? record, TimeProvider clock,
        IReadOnlyList<IPolicyEventSink> listeners, EventQueue queue)
    {
        var written = new WrittenSets(settings.Gateway.StateDirectory);
        if (!SetSource.TryRead([.. settings.Policy.Sets, .. written.Sources()], out SetCatalog sets, out IReadOnlyList<string> errors))
            throw new GatewayException(string.Join(Environment.NewLine, errors));
        PolicyModels models = settings.Policy.Models with { Sets = sets };
        UserPort[] userPorts = [.. ports.Select(static port => new UserPort(port.InterfaceName, port.Zone))];
        string digest = DigestOf(settings);
        IPolicyEventSink log = new LogEventSink(system.Log);
        IPolicyEventSink kept = record is null ? log : new PolicyEventSinks([log, record.Events]);
        IPolicyEventSink events = new PolicyEventSinks([.. listeners, kept]);
        bool isSame = record?.RulesDigest == digest; // Else the configuration takes the place of what was written, as at a reload.
        if (!isSame)
            kept.Publish(new RulesConfigured(clock.GetUtcNow(), digest));
        ControlModels state = ControlModels.Of(models).Replay(isSame ? record!.Lines() : [], interfaceExists);
        var tables = new PolicyTables(state.Models, userPorts);
        IReadOnlyList<KnownUser> known = record?.Users ?? [];
        IActorRef users = system.ActorOf(
            Props.Create(() => new UsersActor(plane.UserCapacity * plane.ShardCount, tables, events, clock, known, queue)), "users");
        IReadOnlyList<ControlDevice> untidy = isSame ? record!.Untidy() : [];
        IActorRef policy = system.ActorOf(
            Props.Create(() => new PolicyActor(state, userPorts, users, plane.Policies, GatewayRun.Version, interfaceExists, kept, clock, untidy)), "policy");
        IActorRef setSources = system.ActorOf(Props.Create(() => new SetSourcesActor(settings.Policy.Sets, written, sets, policy, clock)), "sets");
        plane.Prepare(tables, users);
        foreach (KnownUser user in known)
            plane.RestoreUser(tables, user);
        return new UserLayer(plane, users, policy, setSources);
    }

    /// <summary>Whether a key is about users or rules.</summary>
    internal static bool IsOwn(string path) => Array.Exists(Sections, section => path.StartsWith(section, StringComparison.Ordinal));

    // What the configuration says about users and rules, however it is spelled.
    private static string DigestOf(NatflowSettings settings)
    {
        IEnumerable<string> lines = settings.Values.Where(static value => IsOwn(value.Key)).OrderBy(static value => value.Key, StringComparer.Ordinal).Select(static value => $"{value.Key}={value.Value.Text}\n");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Concat(lines))));
    }

    /// <summary>The workers run now.</summary>
    internal void Start()
    {
        var ready = new UsersReady(_plane);
        _users.Tell(ready, ActorRefs.NoSender);
        _policy.Tell(ready, ActorRefs.NoSender);
    }

    /// <summary>Takes another configuration.</summary>
    internal async Task Apply(NatflowSettings settings, SetCatalog sets)
    {
        _sets.Tell(new SetSourcesChanged(settings.Policy.Sets, sets), ActorRefs.NoSender);
        await Control.Apply(settings.Policy.Models with { Sets = sets }, DigestOf(settings));
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await _sets.GracefulStop(StopTimeout);
        await _policy.GracefulStop(StopTimeout);
        await _users.GracefulStop(StopTimeout);
    }
}
