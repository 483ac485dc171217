using System.Collections.Immutable;
using System.Text;
using Natflow.Actors;
using Natflow.Flows.Users;
using Natflow.Gateway.Queues;
using Natflow.Gateway.Views;
using Natflow.Gateway.Views.Scan;
using Natflow.Policy;
using Natflow.Policy.Control;

namespace Natflow.Gateway.Users;

/// <summary>Asks and tells the actors that own users and rules. Any thread.</summary>
public sealed class UserControl(DataPlane plane, IActorRef users, IActorRef policy, IActorRef? sets = null)
{
    private const int PageRows = 4096;

    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(10);

    /// <summary>The device of recognition; null where nothing inspects. Set before it is used.</summary>
    public DpiDevice? Dpi { get; set; }

    /// <summary>Users that have changed, for whoever keeps a copy.</summary>
    public Task<UsersExport> Export(UsersExportRequest request) => users.Ask<UsersExport>(request, AnswerTimeout);

    /// <summary>Takes users of another node over.</summary>
    public void Adopt(IReadOnlyList<KnownUser> adopted) => users.Tell(new UsersAdopted(adopted), ActorRefs.NoSender);

    /// <summary>Some users.</summary>
    public Task<UserPage> Page(UserPageRequest request) => users.Ask<UserPage>(request, AnswerTimeout);

    /// <summary>Does what a command says.</summary>
    /// <param name="command">The command.</param>
    /// <param name="zone">Only the user of this zone; null for those of all zones with the address.</param>
    public Task<UserCommandAnswer> Do(UserCommand command, uint? zone = null) => users.Ask<UserCommandAnswer>(new UserCommandRequest(command) { Zone = zone }, AnswerTimeout);

    /// <summary>Sets a user's own rates.</summary>
    /// <param name="address">One of its addresses.</param>
    /// <param name="limits">Valid limits; none takes the user's own away.</param>
    /// <param name="zone">Only the user of this zone; null for those of all zones with the address.</param>
    public Task<UserCommandAnswer> Limit(IpAddress address, PolicyLimits limits, uint? zone = null) =>
        users.Ask<UserCommandAnswer>(new UserLimitsRequest(address, limits) { Zone = zone }, AnswerTimeout);

    /// <summary>Lets a user in whose login was accepted.</summary>
    public Task<UserCommandAnswer> LogIn(LoginRequest request) => users.Ask<UserCommandAnswer>(request, AnswerTimeout);

    /// <summary>Gives a running session other limits.</summary>
    public Task<UserCommandAnswer> Change(SessionChangeRequest request) => users.Ask<UserCommandAnswer>(request, AnswerTimeout);

    /// <summary>Ends a user's session.</summary>
    public Task<UserCommandAnswer> LogOut(IpAddress address) => users.Ask<UserCommandAnswer>(new LogoutRequest(address), AnswerTimeout);

    /// <summary>Writes entries of a named set, or takes back what was written.</summary>
    public Task<SetAnswer> WriteSet(SetWriteRequest request) =>
        sets?.Ask<SetAnswer>(request, AnswerTimeout) ?? Task.FromResult(new SetAnswer(["this gateway reads no sets"], IsKnown: true));

    /// <summary>All named sets.</summary>
    public Task<SetList> ListSets() => sets?.Ask<SetList>(SetListRequest.Instance, AnswerTimeout) ?? Task.FromResult(new SetList([]));

    /// <summary>Takes another configuration.</summary>
    /// <param name="models">What it says.</param>
    /// <param name="digest">Tells configurations apart.</param>
    public Task Apply(PolicyModels models, string? digest = null) => policy.Ask<ModelsRequest>(new ModelsRequest(models) { Digest = digest }, AnswerTimeout);

    /// <summary>Lines of a control device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="lines">The lines.</param>
    /// <param name="isWhole">Whether all are refused where one is.</param>
    public async Task<ControlLinesAnswer> Write(ControlDevice device, IReadOnlyList<string> lines, bool isWhole)
    {
        if (device == ControlDevice.Dpi)
            return Dpi is { } dpi ? await dpi.Write(lines, isWhole) : new ControlLinesAnswer([.. lines.Select(static (line, i) => new ControlLineResult(i + 1, line, ControlErrno.NoDevice, "nothing inspects here"))], IsTaken: false);
        if (device != ControlDevice.UserInfo)
            return await policy.Ask<ControlLinesAnswer>(new ControlLinesRequest(device, lines, isWhole), AnswerTimeout);
        ImmutableArray<ControlLineResult> refused = Parse(lines, out List<UserCommand> commands);
        if (isWhole && !refused.IsEmpty)
            return new ControlLinesAnswer(refused, IsTaken: false);
        ImmutableArray<ControlLineResult>.Builder results = refused.ToBuilder();
        for (int i = 0; i < commands.Count; i++)
        {
            ControlResult result = (await Do(commands[i])).Result;
            if (!result.IsTaken)
                results.Add(new ControlLineResult(i + 1, lines[Math.Min(i, lines.Count - 1)], result.Errno, result.Error!));
        }

        return new ControlLinesAnswer(results.ToImmutable(), IsTaken: results.Count == 0 || !isWhole);
    }

    /// <summary>Everything that the devices hold.</summary>
    public Task<ControlModels> Models() => policy.Ask<ControlModels>(ControlModelsRequest.Instance, AnswerTimeout);

    /// <summary>Lines of a device of rules, all or none, and none where it holds something else than the writer has seen.</summary>
    /// <param name="device">Any but those of users and flows.</param>
    /// <param name="lines">The lines.</param>
    /// <param name="basis">What the writer has seen.</param>
    public Task<ControlLinesAnswer> Write(ControlDevice device, IReadOnlyList<string> lines, ControlModels basis) =>
        policy.Ask<ControlLinesAnswer>(new ControlLinesRequest(device, lines, IsWhole: true) { Basis = basis }, AnswerTimeout);

    /// <summary>A slice of the users, the best of it first found.</summary>
    public Task<ScanSlice<UserView>> Scan(BookScanRequest request) => users.Ask<ScanSlice<UserView>>(request, AnswerTimeout);

    /// <summary>Users by address, in the order asked for.</summary>
    public Task<UserLookup> Find(UserLookupRequest request) => users.Ask<UserLookup>(request, AnswerTimeout);

    /// <summary>A device's dump.</summary>
    public async Task<string> Dump(ControlDevice device, DumpFormat format) => device switch
    {
        ControlDevice.UserInfo => await ListUsers(),
        ControlDevice.Conntrack => await ListFlows(),
        ControlDevice.Dpi => Dpi is { } dpi ? await dpi.Dump() : "",
        _ => (await policy.Ask<ControlDump>(new ControlDumpRequest(device, format), AnswerTimeout)).Text,
    };

    private static ImmutableArray<ControlLineResult> Parse(IReadOnlyList<string> lines, out List<UserCommand> commands)
    {
        commands = [];
        var refused = ImmutableArray.CreateBuilder<ControlLineResult>();
        for (int i = 0; i < lines.Count; i++)
        {
            ControlResult result = UserCommand.Parse(lines[i], out UserCommand command);
            if (result.IsTaken)
                commands.Add(command);
            else
                refused.Add(new ControlLineResult(i + 1, lines[i], result.Errno, result.Error!));
        }

        return refused.ToImmutable();
    }

    private async Task<string> ListUsers()
    {
        var text = new StringBuilder();
        for (int? from = 0; from is { } start;)
        {
            UserPage page = await Page(new UserPageRequest(null, start, PageRows));
            foreach (UserView user in page.Users)
            {
                foreach (IpNet address in user.Addresses)
                    text.Append(Line(user, address.Network)).Append('\n');
            }

            from = page.Next;
        }

        return text.ToString();
    }

    private static UserListing Line(UserView user, IpAddress address) => new()
    {
        Address = address,
        Mac = user.Mac,
        Type = (byte)user.Auth.Type,
        Status = (byte)user.Auth.Status,
        RuleId = user.Auth.RuleId,
        IdleSeconds = (uint)(user.IdleMs / 1000),
        Rx = (user.Total.RxPackets, user.Total.RxBytes),
        Tx = (user.Total.TxPackets, user.Total.TxBytes),
        RxSpeed = (user.PerSecond.RxPackets, user.PerSecond.RxBytes),
        TxSpeed = (user.PerSecond.TxPackets, user.PerSecond.TxBytes),
        InterfaceName = user.InterfaceName,
    };

    private async Task<string> ListFlows()
    {
        var text = new StringBuilder();
        for (int shard = 0; shard < plane.ShardCount; shard++)
        {
            for (uint? from = 0; from is { } start;)
            {
                Page<FlowView> page = await plane.Ask<Page<FlowView>>(shard, new FlowPageRequest(FlowFilter.All, start, PageRows));
                foreach (FlowView flow in page.Items)
                    text.Append(ConntrackLines.Of(flow)).Append('\n');
                from = page.Next;
            }
        }

        return text.ToString();
    }
}
