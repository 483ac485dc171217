using System.Collections.Immutable;
using Natflow.Actors;
using Natflow.Flows.Users;
using Natflow.Policy.Control;

namespace Natflow.Gateway.Users;

/// <summary>
/// Owns what the operator said: takes lines of the control devices and whole configurations, compiles them, and gives the result to the shards and the user actor.
/// Lines that come close together are compiled once.
/// </summary>
public sealed class PolicyActor : ReceiveActor
{
    private const int ShareBurstMs = 8;

    private readonly IReadOnlyList<UserPort> _ports;
    private readonly IActorRef _users;
    private readonly string _version;
    private readonly Func<string, bool> _interfaceExists;
    private readonly PolicyTable _policies;
    private readonly IPolicyEventSink? _events;
    private readonly TimeProvider _clock;
    private readonly IReadOnlyCollection<ControlDevice> _untidy;
    private ControlModels _state;
    private DataPlane? _plane;
    private IActorRef? _shares;
    private IActorRef? _setsOwner;
    private string[] _setNames = [];
    private bool _isCompiling;

    /// <summary>Makes the actor.</summary>
    /// <param name="models">What the configuration says.</param>
    /// <param name="ports">The gateway's ports, by index.</param>
    /// <param name="users">The user actor.</param>
    /// <param name="policies">The gateway's policy records.</param>
    /// <param name="version">Version of the gateway, for dumps.</param>
    /// <param name="interfaceExists">Whether the box has an interface of a name.</param>
    public PolicyActor(
        PolicyModels models, IReadOnlyList<UserPort> ports, IActorRef users, PolicyTable policies, string version, Func<string, bool> interfaceExists)
        : this(ControlModels.Of(models), ports, users, policies, version, interfaceExists, events: null, TimeProvider.System, [])
    {
    }

    /// <summary>Makes the actor with what was written to an earlier process.</summary>
    /// <param name="state">Configuration and lines.</param>
    /// <param name="ports">The gateway's ports, by index.</param>
    /// <param name="users">The user actor.</param>
    /// <param name="policies">The gateway's policy records.</param>
    /// <param name="version">Version of the gateway, for dumps.</param>
    /// <param name="interfaceExists">Whether the box has an interface of a name.</param>
    /// <param name="events">Gets what is written; null for nobody.</param>
    /// <param name="clock">Time of events.</param>
    /// <param name="untidy">Devices whose lines on record are many: a dump takes their place.</param>
    public PolicyActor(
        ControlModels state, IReadOnlyList<UserPort> ports, IActorRef users, PolicyTable policies, string version, Func<string, bool> interfaceExists,
        IPolicyEventSink? events, TimeProvider clock, IReadOnlyCollection<ControlDevice> untidy)
    {
        _state = state;
        _events = events;
        _clock = clock;
        _untidy = untidy;
        _ports = ports;
        _users = users;
        _policies = policies;
        _version = version;
        _interfaceExists = interfaceExists;
        Receive<UsersReady>(OnReady);
        Receive<ModelsRequest>(OnModels);
        Receive<SetsChanged>(OnSets);
        Receive<SetsOwner>(OnSetsOwner);
        Receive<ControlLinesRequest>(OnLines);
        Receive<ControlDumpRequest>(OnDump);
        Receive<ControlModelsRequest>(_ => Sender.Tell(_state));
        Receive<Compile>(_ => OnCompile());
    }

    /// <summary>What shards get of compiled rules.</summary>
    internal static JudgeRequest RequestOf(PolicyTables tables, IActorRef users) =>
        new(new FlowJudge(tables), ShareOf(tables.Models.Line), users);

    /// <inheritdoc />
    protected override void PreStart()
    {
        foreach (ControlDevice device in _untidy)
            _events?.Publish(new RulesWritten(_clock.GetUtcNow(), device, _state.Dump(device, _version, DumpFormat.Replayable).Split('\n', StringSplitOptions.RemoveEmptyEntries), IsAll: true));
    }

    private void OnReady(UsersReady ready)
    {
        _plane = ready.Plane;
        OnCompile();
    }

    private void OnModels(ModelsRequest request)
    {
        _state = _state with { Models = request.Models with { Auth = request.Models.Auth with { Generation = NextGeneration } } };
        if (request.Digest is { } digest)
            _events?.Publish(new RulesConfigured(_clock.GetUtcNow(), digest));
        OnCompile();
        AnswerWhenKept(request);
    }

    private void OnSets(SetsChanged changed)
    {
        _state = _state with { Models = _state.Models with { Sets = changed.Sets, Auth = _state.Models.Auth with { Generation = NextGeneration } } };
        Schedule();
    }

    private void OnSetsOwner(SetsOwner owner)
    {
        _setsOwner = owner.Owner;
        _setNames = SetNames.Of(_state.Models);
        _setsOwner.Tell(new SetsWanted(_setNames), Self);
    }

    // What rules name may be in the kernel alone.
    private void TellSetNames()
    {
        if (_setsOwner is not { } owner)
            return;
        string[] names = SetNames.Of(_state.Models);
        if (names.AsSpan().SequenceEqual(_setNames))
            return;
        _setNames = names;
        owner.Tell(new SetsWanted(names), Self);
    }

    private ushort NextGeneration => unchecked((ushort)(_state.Models.Auth.Generation + 1));

    // What is acknowledged is on record.
    private void AnswerWhenKept(object answer)
    {
        IActorRef asker = Sender;
        if (_events is { } events)
            events.WhenKept(() => asker.Tell(answer, ActorRefs.NoSender));
        else
            asker.Tell(answer);
    }

    private void Schedule()
    {
        if (_isCompiling)
            return;
        _isCompiling = true;
        Self.Tell(Compile.Instance);
    }

    private void OnCompile()
    {
        _isCompiling = false;
        TellSetNames();
        if (_plane is not { } plane)
            return;
        var tables = new PolicyTables(_state.Models, _ports);
        tables.Publish(_policies);
        plane.TellAll(RequestOf(tables, _users));
        _users.Tell(new TablesChanged(tables));
        if (_shares is null && _state.Models.Line.IsShared)
            _shares = Context.ActorOf(Props.Create(() => new FairShareActor(plane, _policies)), "shares");
        _shares?.Tell(new TablesChanged(tables));
    }

    private static PolicyLimits ShareOf(LineModel line) => new(line.UpBitsPerSecond, line.DownBitsPerSecond, TimeSpan.FromMilliseconds(ShareBurstMs));

    // All lines or none: a dump that is fed back never leaves half of itself behind.
    private void OnLines(ControlLinesRequest request)
    {
        ControlModels before = _state;
        if (request.Basis is { } basis && !before.IsSame(request.Device, basis))
        {
            Sender.Tell(new ControlLinesAnswer([], IsTaken: false) { IsStale = true });
            return;
        }

        ControlModels state = before;
        var taken = new List<string>();
        var results = ImmutableArray.CreateBuilder<ControlLineResult>();
        var actions = new List<ControlAction>();
        for (int i = 0; i < request.Lines.Count; i++)
        {
            ControlResult result = ControlModels.Apply(request.Device, request.Lines[i], _interfaceExists, ref state, out ControlAction action);
            if (action != ControlAction.None)
                actions.Add(action);
            if (!result.IsTaken)
                results.Add(new ControlLineResult(i + 1, request.Lines[i], result.Errno, result.Error!));
            else
                taken.Add(request.Lines[i]);
        }

        bool isTaken = results.Count == 0 || !request.IsWhole;
        if (isTaken && state != before)
        {
            bool isChanged = state.Models != before.Models;
            _state = state;
            _events?.Publish(new RulesWritten(_clock.GetUtcNow(), request.Device, taken, IsAll: false));
            if (isChanged)
                Schedule();
        }

        if (isTaken)
            actions.ForEach(Act);
        AnswerWhenKept(new ControlLinesAnswer(results.ToImmutable(), isTaken));
    }

    private void Act(ControlAction action)
    {
        switch (action)
        {
            case ControlAction.RenewAuth or ControlAction.MatchZones:
                Schedule();
                break;
            case ControlAction.RenewPaths:
                _plane?.TellAll(RenewPathsRequest.Instance);
                break;
            case ControlAction.EndFlows:
                _plane?.TellAll(EndFlowsRequest.Instance);
                break;
            case ControlAction.LogZones:
                foreach (UserPort port in _ports)
                    Context.System.Log.Warning("{0}: zone {1}", port.InterfaceName, _state.Models.Zones.Find(port.InterfaceName)?.ToString() ?? "none");
                break;
            case ControlAction.LogInterfaces:
                foreach (UserPort port in _ports)
                    Context.System.Log.Info("{0}: address space {1}", port.InterfaceName, port.Zone);
                break;
        }
    }

    private void OnDump(ControlDumpRequest request) => Sender.Tell(new ControlDump(_state.Dump(request.Device, _version, request.Format)));

    private sealed record Compile
    {
        internal static readonly Compile Instance = new();
    }
}
