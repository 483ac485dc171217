using System.Globalization;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Natflow.Flows.Offers;
using Natflow.Flows.Paths;
using Natflow.Gateway.Ppe;
using Natflow.Gateway.Trace;
using Natflow.Gateway.Views;
using Natflow.Management.Api;
using Natflow.Management.Api.Access;
using Natflow.Offload.MediaTek;

namespace Natflow.Management.Control;

/// <summary>HTTP on a Unix socket: status, counters, flows, mappings, trace, reload.</summary>
/// <remarks>Answers come from the flow actors a page at a time. Stops with the host.</remarks>
public sealed class ControlServer : IAsyncDisposable
{
    private const int BodyBytesMax = 64 * 1024;
    private const int LimitDefault = 100;
    private const int LimitMax = 10_000;
    private const int PageRows = 1000;
    private const int TraceBacklog = 4096;

    private readonly WebApplication _app;
    private readonly ControlTarget _target;
    private readonly string _path;
    private readonly ManagementApi? _api;

    private ControlServer(WebApplication app, ControlTarget target, string path, ManagementApi? api)
    {
        _api = api;
        _app = app;
        _target = target;
        _path = path;
    }

    /// <summary>Opens the socket and serves.</summary>
    /// <param name="path">Path of the socket; one that a dead process left is replaced.</param>
    /// <param name="target">The gateway.</param>
    /// <param name="api">The API, served beside; null serves none. Outlives the server.</param>
    /// <exception cref="IOException">The socket cannot be made there.</exception>
    public static async Task<ControlServer> Start(string path, ControlTarget target, ManagementApi? api = null)
    {
        File.Delete(path);
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Limits.MaxRequestBodySize = BodyBytesMax;
            options.ListenUnixSocket(path);
        });
        WebApplication app = builder.Build();
        var server = new ControlServer(app, target, path, api);
        server.Map();
        await app.StartAsync();
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite);
        return server;
    }

    /// <summary>Ends all requests and removes the socket.</summary>
    public async ValueTask DisposeAsync()
    {
        _api?.EndStreams();
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(timeout.Token);
        await _app.DisposeAsync();
        File.Delete(_path);
    }

    private void Map()
    {
        _app.Use(ProblemAnswer.Guard);
        _api?.Map(_app, CallerGate.BySocket());
        _app.MapGet("/v1/status", () => Results.Json(_target.Status(), ControlJson.Default.GatewayStatus));
        _app.MapGet("/v1/counters", Counters);
        _app.MapGet("/v1/flows", Flows);
        _app.MapGet("/v1/mappings", Mappings);
        _app.MapGet("/v1/offload", Offload);
        _app.MapGet("/v1/offload/mtk", OffloadImage);
        _app.MapGet("/v1/inspection", Inspection);
        _app.MapGet("/v1/trace", (RequestDelegate)Trace);
        _app.MapPost("/v1/reload", Reload);
        if (_target.Users is { } users)
        {
            new UserRoutes(users).Map(_app);
            new SetRoutes(users).Map(_app);
        }
    }

    // It says nothing; read for its end all the same, so that one that is too long is refused before anything is done.
    private async Task<IResult> Reload(HttpRequest request)
    {
        await request.Body.CopyToAsync(Stream.Null, request.HttpContext.RequestAborted);
        return Results.Json(await _target.Reload(), ControlJson.Default.ReloadResult);
    }

    private async Task<IResult> Counters() =>
        Results.Json(CountersModel.Of(await _target.Plane.Report(), _target.Status().Ports), ControlJson.Default.CountersModel);

    private async Task<IResult> Offload() =>
        Results.Json(OffloadModel.Of(await _target.Plane.Report(), await _target.Plane.ReportOffload()), ControlJson.Default.OffloadModel);

    private async Task<IResult> OffloadImage(HttpRequest request)
    {
        string soc = request.Query["soc"].ToString();
        if (!Enum.TryParse(soc, ignoreCase: true, out MediaTekSoc parsed) || !Enum.IsDefined(parsed))
            return ProblemAnswer.Of(StatusCodes.Status400BadRequest, $"soc '{soc}': one of {string.Join(", ", Enum.GetNames<MediaTekSoc>())} is needed");
        FoeImage? image = await _target.Plane.ImageOffload(new FoeImageRequest(parsed, request.Query["bound"] == "true"));
        return image is null
            ? ProblemAnswer.Of(StatusCodes.Status409Conflict, "there is no engine: offload.engine is none")
            : Results.Json(FoeImageModel.Of(image), ControlJson.Default.FoeImageModel);
    }

    private async Task<IResult> Inspection() =>
        Results.Json(InspectionModel.Of(await _target.Plane.ReportInspection(), _target.DomainLists()), ControlJson.Default.InspectionModel);

    private async Task<IResult> Flows(HttpRequest request)
    {
        if (!TryReadFilter(request.Query, out FlowFilter filter, out int limit, out string? error))
            return ProblemAnswer.Of(StatusCodes.Status400BadRequest, error!);
        (List<FlowView> views, bool hasMore) = await Gather(limit, (shard, from) =>
            _target.Plane.Ask<Page<FlowView>>(shard, new FlowPageRequest(filter, from, PageRows)));
        return Results.Json(new FlowsModel([.. views.Select(FlowModel.Of)], hasMore), ControlJson.Default.FlowsModel);
    }

    private async Task<IResult> Mappings(HttpRequest request)
    {
        if (!TryReadFilter(request.Query, out FlowFilter filter, out int limit, out string? error))
            return ProblemAnswer.Of(StatusCodes.Status400BadRequest, error!);
        (List<MappingView> views, bool hasMore) = await Gather(limit, (shard, from) =>
            _target.Plane.Ask<Page<MappingView>>(shard, new MappingPageRequest(Ipv4Of(filter.Address), from, PageRows)));
        return Results.Json(new MappingsModel([.. views.Select(MappingModel.Of)], hasMore), ControlJson.Default.MappingsModel);
    }

    // Mappings are of IPv4: of an IPv6 address there are none.
    private static uint? Ipv4Of(UInt128? address) => address is { } wanted ? MappedAddress.TryGetIPv4(wanted, out uint ipv4) ? ipv4 : 0 : null;

    private async Task<(List<T> Rows, bool HasMore)> Gather<T>(int limit, Func<int, uint, Task<Page<T>>> ask)
    {
        var rows = new List<T>();
        for (int shard = 0; shard < _target.Plane.ShardCount; shard++)
        {
            for (uint? from = 0; from is { } start;)
            {
                Page<T> page = await ask(shard, start);
                rows.AddRange(page.Items);
                from = page.Next;
                if (rows.Count > limit)
                    return (rows[..limit], true);
            }
        }

        return (rows, false);
    }

    private async Task Trace(HttpContext context)
    {
        if (!TryReadFilter(context.Request.Query, out FlowFilter filter, out _, out string? error))
        {
            await ProblemAnswer.Of(StatusCodes.Status400BadRequest, error!).ExecuteAsync(context);
            return;
        }

        var traces = Channel.CreateBounded<PacketTrace>(new BoundedChannelOptions(TraceBacklog) { FullMode = BoundedChannelFullMode.DropWrite });
        _target.Plane.TellAll(new TraceRequest(filter, traces.Writer, context.RequestAborted));
        context.Response.ContentType = "application/x-ndjson";
        await context.Response.Body.FlushAsync(context.RequestAborted);
        try
        {
            await foreach (PacketTrace trace in traces.Reader.ReadAllAsync(context.RequestAborted))
            {
                await JsonSerializer.SerializeAsync(context.Response.Body, TraceModel.Of(trace), ControlJson.Default.TraceModel, context.RequestAborted);
                await context.Response.Body.WriteAsync("\n"u8.ToArray(), context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
            }
        }
        catch (OperationCanceledException)
        {
            // The listener left, which ends the trace.
        }
    }

    private static bool TryReadFilter(IQueryCollection query, out FlowFilter filter, out int limit, out string? error)
    {
        filter = FlowFilter.All;
        limit = LimitDefault;
        error = null;
        if (query["address"].ToString() is { Length: > 0 } address)
        {
            if (!Endpoint.TryParseAddress(address, out UInt128 parsed))
                error = $"address '{address}': an IPv4 or IPv6 address is needed";
            filter = filter with { Address = parsed };
        }

        if (query["port"].ToString() is { Length: > 0 } port)
        {
            if (!ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out ushort parsed))
                error = $"port '{port}': 0 to 65535 is needed";
            filter = filter with { Port = parsed };
        }

        if (query["protocol"].ToString() is { Length: > 0 } protocol)
        {
            if (!Endpoint.TryParseProtocol(protocol, out byte parsed))
                error = $"protocol '{protocol}': tcp, udp, icmp or a number is needed";
            filter = filter with { Protocol = parsed };
        }

        if (query["offload"].ToString() is { Length: > 0 } offload)
        {
            if (!Enum.TryParse(offload, ignoreCase: true, out OffloadReason parsed) || !Enum.IsDefined(parsed))
                error = $"offload '{offload}': one of {string.Join(", ", Enum.GetNames<OffloadReason>())} is needed";
            filter = filter with { Offload = parsed };
        }

        if (query["limit"].ToString() is { Length: > 0 } text
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > LimitMax))
        {
            error = $"limit '{text}': 1 to {LimitMax} is needed";
        }

        return error is null;
    }
}
