using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Natflow.Gateway.Views;
using Natflow.Gateway.Views.Scan;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Lists;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;

namespace Natflow.Management.Api.Routes;

/// <summary>Flows and mappings: filtered, put in order, paged and summed where they are.</summary>
internal static class ListRoutes
{
    private static readonly ApiParameter[] Paging =
    [
        new("limit", "integer", "Rows of the page, 1 to 1000; default 50."),
        new("offset", "integer", "Rows before the page; offset and limit together are at most 10000."),
    ];

    private static readonly ApiParameter[] Ends =
    [
        new("address", "string", "An IPv4 or IPv6 address, at whichever end."),
        new("port", "integer", "A port, at whichever end."),
        new("protocol", "string", "tcp, udp, icmp, icmpv6 or a number."),
    ];

    /// <summary>Parameters of a list with some filters.</summary>
    internal static IReadOnlyList<ApiParameter> Parameters<T>(params ReadOnlySpan<ApiParameter> filters)
        where T : struct, Enum =>
    [
        .. filters,
        new("sort", "string", $"{string.Join(", ", Enum.GetValues<T>().Select(QueryReader.NameOf))}; a minus before it puts the greatest first."),
        .. Paging,
    ];

    /// <summary>The routes.</summary>
    internal static IEnumerable<ApiRoute> All(ApiServices services) =>
    [
        new("GET", "/api/v1/flows", ApiPermission.Read, "Flows.", context => Flows(services, context))
        {
            Parameters = Parameters<FlowOrder>([.. Ends, new("offload", "string", "Where the flow stands with the PPE: Offloaded, or a reason why not.")]),
            Answer = typeof(ListModel<FlowModel>),
        },
        new("GET", "/api/v1/mappings", ApiPermission.Read, "Mappings of inside to public endpoints.", context => Mappings(services, context))
        {
            Parameters = Parameters<MappingOrder>(Ends),
            Answer = typeof(ListModel<MappingModel>),
        },
        new("GET", "/api/v1/port-blocks", ApiPermission.Read, "Port blocks that subscribers hold; the sum of flows is that of ports taken.", context => PortBlocks(services, context))
        {
            Parameters = Parameters<PortBlockOrder>(new ApiParameter("address", "string", "A subscriber's or public IPv4 address.")),
            Answer = typeof(ListModel<PortBlockModel>),
        },
    ];

    /// <summary>Answers a list from the shards' tables, or from the same question a moment ago.</summary>
    internal static Task<IResult> List<TView, TModel>(
        ApiServices services, string question, (int Limit, int Offset) page, bool isDescending, Func<ScanRange, object> request, Func<TView, TModel> model, JsonTypeInfo<ListModel<TModel>> type) =>
        Answer(services, $"{question} {isDescending}", page, depth => TableLister.Gather<TView>(services.Target.Control.Plane, depth, isDescending, request), model, type);

    /// <summary>Answers a list from a look at a table, or from the same question a moment ago.</summary>
    internal static async Task<IResult> Answer<TView, TModel>(
        ApiServices services, string question, (int Limit, int Offset) page, Func<int, Task<TableList<TView>>> look, Func<TView, TModel> model, JsonTypeInfo<ListModel<TModel>> type)
    {
        // Pages of one list come from one look at the tables, so that going from page to page shows no row twice.
        int depth = RoundUp(page.Offset + page.Limit);
        (TableList<TView> List, long AgeMs)? found = await services.Lists.Get($"{question} {depth}", () => look(depth));
        if (found is not { } list)
            return ProblemAnswer.Of(StatusCodes.Status503ServiceUnavailable, "too many lists are being made; try again in a second");
        byte[] rendered = list.List.Pages.Of(page, () => Render(list.List, page, model, type));
        return new PageResult(rendered, list.AgeMs);
    }

    private static byte[] Render<TView, TModel>(TableList<TView> list, (int Limit, int Offset) page, Func<TView, TModel> model, JsonTypeInfo<ListModel<TModel>> type)
    {
        TModel[] rows = [.. list.Rows.Skip(page.Offset).Take(page.Limit).Select(model)];
        return JsonSerializer.SerializeToUtf8Bytes(new ListModel<TModel>(rows, page.Offset, list.Sums.Count, list.Sums, AgeMs: 0), type);
    }

    private static Task<IResult> Flows(ApiServices services, HttpContext context)
    {
        var query = new QueryReader(context.Request.Query);
        FlowFilter filter = query.FlowFilter();
        (FlowOrder order, bool isDescending) = query.Sort(FlowOrder.Bytes);
        (int Limit, int Offset) page = query.Page();
        return query.Error is { } error
            ? Task.FromResult(ApiServices.Bad(error))
            : List<FlowView, FlowModel>(services, $"flows {filter} {order}", page, isDescending, range => new FlowScanRequest(filter, order, range), FlowModel.Of, ApiJson.Default.ListModelFlowModel);
    }

    private static Task<IResult> Mappings(ApiServices services, HttpContext context)
    {
        var query = new QueryReader(context.Request.Query);
        FlowFilter filter = query.FlowFilter();
        (MappingOrder order, bool isDescending) = query.Sort(MappingOrder.Uses);
        (int Limit, int Offset) page = query.Page();
        return query.Error is { } error
            ? Task.FromResult(ApiServices.Bad(error))
            : List<MappingView, MappingModel>(services, $"mappings {filter} {order}", page, isDescending, range => new MappingScanRequest(filter, order, range), MappingModel.Of, ApiJson.Default.ListModelMappingModel);
    }

    private static Task<IResult> PortBlocks(ApiServices services, HttpContext context)
    {
        var query = new QueryReader(context.Request.Query);
        uint? address = query.Ipv4("address");
        (PortBlockOrder order, bool isDescending) = query.Sort(PortBlockOrder.Taken);
        (int Limit, int Offset) page = query.Page();
        return query.Error is { } error
            ? Task.FromResult(ApiServices.Bad(error))
            : List<PortBlockView, PortBlockModel>(
                services, $"blocks {address} {order}", page, isDescending, range => new PortBlockScanRequest(address, order, range), PortBlockModel.Of, ApiJson.Default.ListModelPortBlockModel);
    }

    private static int RoundUp(int rows) => rows <= 100 ? 100 : rows <= 1000 ? 1000 : QueryReader.DepthMax;
}
