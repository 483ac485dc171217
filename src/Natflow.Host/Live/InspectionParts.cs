using System.Security.Cryptography;
using Natflow.Actors;
using Natflow.Gateway;
using Natflow.Gateway.Inspection;
using Natflow.Gateway.Queues;
using Natflow.Host.Settings;
using Natflow.Inspect.Catalogue;
using Natflow.Inspect.Domains;
using Natflow.Inspect.Observe;
using VisitLogSettings = Natflow.Inspect.UrlLog.UrlLogSettings;

namespace Natflow.Host.Live;

/// <summary>What the operator's files say of inspection, and where its records go. Lives as long as the data plane.</summary>
internal sealed class InspectionParts : IDisposable
{
    private const string ListsKey = "natflow.inspect.lists";
    private const int ErrorsShown = 20;
    private const int BytesPerRecord = 256; // Of text, in the mean; a ring of it bounds what waits.

    private readonly AppCatalogue _catalogue;
    private readonly long _bootNs;

    private InspectionParts(AppCatalogue catalogue, DomainLists lists, InspectionPlan plan, long bootNs)
    {
        _bootNs = bootNs;
        _catalogue = catalogue;
        Lists = lists;
        Plan = plan;
    }

    /// <summary>The lists of domains.</summary>
    internal DomainLists Lists { get; }

    /// <summary>For the data plane.</summary>
    internal InspectionPlan Plan { get; }

    /// <summary>What of inspection the settings switch on.</summary>
    internal static InspectionSwitch SwitchOf(NatflowSettings settings) => new(
        settings.Inspect.IsEnabled, settings.Inspect.IsEnabled && settings.UrlLog.IsEnabled, settings.Inspect.IsEnabled && settings.Inspect.Apps);

    /// <summary>Whether a key is of inspection alone.</summary>
    internal static bool IsOwn(string path) =>
        path.StartsWith("natflow.inspect.", StringComparison.Ordinal) || path.StartsWith("natflow.url-log.", StringComparison.Ordinal);

    /// <summary>Reads the files and starts the sink.</summary>
    /// <param name="system">Parent of the sink.</param>
    /// <param name="settings">The operator's.</param>
    /// <param name="clock">The system's.</param>
    /// <param name="notes">Gets what the operator should know.</param>
    /// <param name="applyLists">Puts lists in force in all shards, once they run.</param>
    /// <exception cref="GatewayException">A file is missing, or has a mistake: all of them, with file and line.</exception>
    internal static InspectionParts Open(ActorSystem system, NatflowSettings settings, TimeProvider clock, List<string> notes, Func<DomainListsRequest, Task> applyLists)
    {
        ulong seed = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
        AppCatalogue catalogue = ReadCatalogue(settings.Inspect.Catalogue, seed);
        DomainLists lists = OpenLists(settings, seed, notes, applyLists);
        long bootNs = ((clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks - TimeSpan.FromMilliseconds(Environment.TickCount64).Ticks) * TimeSpan.NanosecondsPerTick;
        IActorRef sink = system.ActorOf(
            Props.Create(() => new InspectionSink(catalogue, FileOf(settings.UrlLog.Output, bootNs), FileOf(settings.Inspect.EventLog, bootNs))), "inspection");
        return new InspectionParts(catalogue, lists, PlanOf(settings, sink, catalogue, lists.Table, seed), bootNs);
    }

    /// <summary>Makes the device that switches recognition, and has what is found go to the queues from now on.</summary>
    /// <param name="system">Parent of the actor.</param>
    /// <param name="plane">Whose shards inspect.</param>
    /// <param name="queues">Where it waits for readers.</param>
    /// <param name="version">Version of the gateway.</param>
    internal DpiDevice Serve(ActorSystem system, DataPlane plane, EventQueues queues, string version)
    {
        system.ActorOf(Props.Create(() => new InspectionQueueFeed(queues, Plan.Sink, _catalogue, _bootNs)), "inspection-queues");
        string[] sources = [.. Enumerable.Range(1, _catalogue.LastSource).Select(source => _catalogue.SourceName((byte)source))];
        return new DpiDevice(plane, Plan.Switch, queues.Dpi, sources, version);
    }

    /// <summary>Reads lists again whenever one has changed, from now on. The shards run.</summary>
    /// <param name="system">Parent of the actor.</param>
    internal void WatchLists(ActorSystem system) => system.ActorOf(Props.Create(() => new DomainListsActor(Lists)), "domain-lists");

    /// <inheritdoc />
    public void Dispose()
    {
        _catalogue.Dispose();
        Lists.Dispose();
    }

    /// <summary>Reads other lists where the configuration names others.</summary>
    /// <param name="running">What is in force.</param>
    /// <param name="next">What is to be.</param>
    /// <returns>Null where it names the same. To be disposed of.</returns>
    internal async Task<DomainLists.Change?> BeginLists(NatflowSettings running, NatflowSettings next) =>
        running.Inspect.Lists.SequenceEqual(next.Inspect.Lists, StringComparer.Ordinal) ? null : await Lists.Begin(next.Inspect.Lists);

    /// <summary>A mistake of lists, with the place where the configuration names them.</summary>
    internal static string WordsOf(NatflowSettings settings, string error) => $"{settings.Values[ListsKey].Location}: {ListsKey}: {error}";

    private static DomainLists OpenLists(NatflowSettings settings, ulong seed, List<string> notes, Func<DomainListsRequest, Task> apply)
    {
        try
        {
            return new DomainLists(settings.Inspect.Lists, seed, notes, apply);
        }
        catch (GatewayException error)
        {
            throw new GatewayException(WordsOf(settings, error.Message));
        }
    }

    private static InspectionPlan PlanOf(NatflowSettings settings, IActorRef sink, AppCatalogue catalogue, DomainTable? lists, ulong seed)
    {
        InspectSettings inspect = settings.Inspect;
        int shards = settings.Workers.Shards;
        int records = Math.Max(64, settings.UrlLog.Records / shards);
        return new InspectionPlan
        {
            Sink = sink,
            Catalogue = catalogue,
            Lists = lists,
            MakeHandler = static _ => HostRules.Judge,
            Inspector = new InspectorSettings
            {
                FlowCapacity = Math.Max(256, inspect.Flows / shards),
                BufferBytes = Math.Max(1 << 18, inspect.BufferBytes / shards),
                BatchCapacity = 1024,
                BatchTextBytes = 1 << 20,
                FlowNsMax = 2 * inspect.FlowTime.Ticks * TimeSpan.NanosecondsPerTick,
            },
            UrlLog = new VisitLogSettings
            {
                Capacity = records,
                TextBytes = Math.Max(1 << 16, records * BytesPerRecord),
                WindowSeconds = (int)settings.UrlLog.Window.TotalSeconds,
                Tuple = settings.UrlLog.Tuple,
                NameRules = settings.UrlLog.Underscores ? HostNameRules.WithUnderscore : HostNameRules.Strict,
            },
            FlowsMax = Math.Max(256, inspect.Flows / shards),
            PacketsPerFlowMax = inspect.PacketsPerFlow,
            FlowTimeMax = inspect.FlowTime,
            AnswerUsers = Math.Max(16, inspect.AnswerUsers / shards),
            Seed = seed,
            Switch = SwitchOf(settings),
        };
    }

    private static RecordFile? FileOf(RecordFileSettings? settings, long bootNs) => settings is null ? null : new RecordFile(settings.File, settings.Format, bootNs);

    private static AppCatalogue ReadCatalogue(IReadOnlyList<string> files, ulong seed)
    {
        CatalogueText[] texts;
        try
        {
            texts = [CatalogueText.BuiltIn, CatalogueText.Additions, .. files.Select(static file => new CatalogueText(file, File.ReadAllText(file)))];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new GatewayException($"natflow.inspect.catalogue: {error.Message}");
        }

        IReadOnlyList<CatalogueError> errors = AppCatalogue.TryLoad(texts, seed, out AppCatalogue? catalogue);
        return catalogue ?? throw new GatewayException(string.Join(Environment.NewLine, errors.Take(ErrorsShown)));
    }
}
