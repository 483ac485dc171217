using System.Collections.Immutable;
using Natflow.Actors;
using Natflow.Flows.Users;
using Natflow.Policy.Acl;
using Natflow.Policy.Auth;
using Natflow.Policy.Control;
using Natflow.Policy.Qos;
using Natflow.Policy.Zones;

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
    private PolicyModels _models;
    private PathModel _path = PathModel.Default with { IsDisabled = false };
    private UrlStoreModel _urls = UrlStoreModel.Default;
    private DataPlane? _plane;
    private IActorRef? _shares;
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
    {
        _models = models;
        _ports = ports;
        _users = users;
        _policies = policies;
        _version = version;
        _interfaceExists = interfaceExists;
        Receive<UsersReady>(OnReady);
        Receive<ModelsRequest>(OnModels);
        Receive<SetsChanged>(OnSets);
        Receive<ControlLinesRequest>(OnLines);
        Receive<ControlDumpRequest>(OnDump);
        Receive<Compile>(_ => OnCompile());
    }

    /// <summary>What shards get of compiled rules.</summary>
    internal static JudgeRequest RequestOf(PolicyTables tables, IActorRef users) =>
        new(new FlowJudge(tables), ShareOf(tables.Models.Line), users);

    private void OnReady(UsersReady ready)
    {
        _plane = ready.Plane;
        OnCompile();
    }

    private void OnModels(ModelsRequest request)
    {
        _models = request.Models with { Auth = request.Models.Auth with { Generation = unchecked((ushort)(_models.Auth.Generation + 1)) } };
        OnCompile();
        Sender.Tell(request);
    }

    private void OnSets(SetsChanged changed)
    {
        _models = _models with { Sets = changed.Sets, Auth = _models.Auth with { Generation = unchecked((ushort)(_models.Auth.Generation + 1)) } };
        Schedule();
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
        if (_plane is not { } plane)
            return;
        var tables = new PolicyTables(_models, _ports);
        tables.Publish(_policies);
        plane.TellAll(RequestOf(tables, _users));
        _users.Tell(new TablesChanged(tables));
        if (_shares is null && _models.Line.IsShared)
            _shares = Context.ActorOf(Props.Create(() => new FairShareActor(plane, _policies)), "shares");
        _shares?.Tell(new TablesChanged(tables));
    }

    private static PolicyLimits ShareOf(LineModel line) => new(line.UpBitsPerSecond, line.DownBitsPerSecond, TimeSpan.FromMilliseconds(ShareBurstMs));

    // All lines or none: a dump that is fed back never leaves half of itself behind.
    private void OnLines(ControlLinesRequest request)
    {
        ControlState before = new(_models, _path, _urls);
        ControlState state = before;
        var results = ImmutableArray.CreateBuilder<ControlLineResult>();
        var actions = new List<ControlAction>();
        for (int i = 0; i < request.Lines.Count; i++)
        {
            ControlResult result = Apply(request.Device, request.Lines[i], ref state, out ControlAction action);
            if (action != ControlAction.None)
                actions.Add(action);
            if (!result.IsTaken)
                results.Add(new ControlLineResult(i + 1, request.Lines[i], result.Errno, result.Error!));
        }

        bool isTaken = results.Count == 0 || !request.IsWhole;
        if (isTaken && state != before)
        {
            bool isChanged = state.Models != before.Models;
            (_models, _path, _urls) = (state.Models, state.Path, state.Urls);
            if (isChanged)
                Schedule();
        }

        if (isTaken)
            actions.ForEach(Act);
        Sender.Tell(new ControlLinesAnswer(results.ToImmutable(), isTaken));
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
                    Context.System.Log.Warning("{0}: zone {1}", port.InterfaceName, _models.Zones.Find(port.InterfaceName)?.ToString() ?? "none");
                break;
            case ControlAction.LogInterfaces:
                foreach (UserPort port in _ports)
                    Context.System.Log.Info("{0}: address space {1}", port.InterfaceName, port.Zone);
                break;
        }
    }

    private ControlResult Apply(ControlDevice device, string line, ref ControlState state, out ControlAction action)
    {
        switch (device)
        {
            case ControlDevice.Path:
                ControlStep<PathModel> path = PathControl.Apply(state.Path, line, _interfaceExists);
                state = state with { Path = path.Model };
                action = path.Action;
                return path.Result;
            case ControlDevice.Zone:
                ControlStep<ZoneModel> zone = ZoneControl.Apply(state.Models.Zones, line);
                state = state with { Models = state.Models with { Zones = zone.Model } };
                action = zone.Action;
                return zone.Result;
            case ControlDevice.User:
                ControlStep<AuthModel> auth = AuthControl.Apply(state.Models.Auth, line);
                state = state with { Models = state.Models with { Auth = auth.Model } };
                action = auth.Action;
                return auth.Result;
            case ControlDevice.Qos:
                ControlStep<QosModel> qos = QosControl.Apply(state.Models.Qos, line);
                state = state with { Models = state.Models with { Qos = qos.Model } };
                action = qos.Action;
                return qos.Result;
            case ControlDevice.HostAcl:
                ControlStep<AclModel> acl = AclControl.Apply(state.Models.Acl, line);
                state = state with { Models = state.Models with { Acl = acl.Model } };
                action = acl.Action;
                return acl.Result;
            default:
                return ConntrackListing.Parse(line, out action);
        }
    }

    private void OnDump(ControlDumpRequest request) => Sender.Tell(new ControlDump(request.Device switch
    {
        ControlDevice.Path => PathControl.Dump(_path, _version, request.Format),
        ControlDevice.Zone => ZoneControl.Dump(_models.Zones, request.Format),
        ControlDevice.User => AuthControl.Dump(_models.Auth, request.Format),
        ControlDevice.Qos => QosControl.Dump(_models.Qos, request.Format),
        ControlDevice.HostAcl => AclControl.Dump(_models.Acl, request.Format),
        _ => "",
    }));

    private sealed record ControlState(PolicyModels Models, PathModel Path, UrlStoreModel Urls);

    private sealed record Compile
    {
        internal static readonly Compile Instance = new();
    }
}
