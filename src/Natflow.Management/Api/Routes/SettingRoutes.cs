using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Models;
using Natflow.Management.Api.Rules;
using Natflow.Management.Control;
using Natflow.Policy.Sets;

namespace Natflow.Management.Api.Routes;

/// <summary>Lists of the operator's file that are edited by themselves: named sets and port forwards.</summary>
internal static class SettingRoutes
{
    private const string SetsPath = "natflow.sets";
    private const string ForwardsPath = "natflow.nat.port-forwards";

    /// <summary>The routes.</summary>
    internal static IEnumerable<ApiRoute> All(ApiServices services) =>
    [
        new("GET", "/api/v1/sets", ApiPermission.Read, "Named sets.", context => GetSets(services, context)) { Answer = typeof(SetTableModel) },
        new("PUT", "/api/v1/sets", ApiPermission.Administer, "Named sets: puts others in the place of all, in the operator's file too. If-Match is needed.", context => PutSets(services, context))
        {
            Body = typeof(SetTableModel),
            BodyContentType = "application/json",
            Answer = typeof(SetTableModel),
        },
        new("GET", "/api/v1/port-forwards", ApiPermission.Read, "Ports that always lead inside.", context => GetForwards(services, context)) { Answer = typeof(PortForwardTableModel) },
        new("PUT", "/api/v1/port-forwards", ApiPermission.Administer, "Port forwards: puts others in the place of all, in the operator's file too. If-Match is needed.", context => PutForwards(services, context))
        {
            Body = typeof(PortForwardTableModel),
            BodyContentType = "application/json",
            Answer = typeof(PortForwardTableModel),
        },
    ];

    private static async Task<IResult> GetSets(ApiServices services, HttpContext context)
    {
        IReadOnlyList<SetModel> sets = services.Target.Configuration.Sets();
        SetCatalog? held = services.Target.Control.Users is { } users ? (await users.Models()).Models.Sets : null;
        return EntityTag.Answer(context, TagOf(sets)) ?? ApiServices.Json(
            new SetTableModel([.. sets.Select(set => set with { Ranges = held?.Find(set.Name)?.RangeCount, Macs = held?.Find(set.Name)?.MacCount })]), ApiJson.Default.SetTableModel);
    }

    private static Task<IResult> GetForwards(ApiServices services, HttpContext context)
    {
        var model = new PortForwardTableModel(services.Target.Configuration.PortForwards());
        return Task.FromResult(EntityTag.Answer(context, TagOf(model)) ?? ApiServices.Json(model, ApiJson.Default.PortForwardTableModel));
    }

    private static async Task<IResult> PutSets(ApiServices services, HttpContext context)
    {
        (SetTableModel? model, string? mistake) = await ApiServices.Read(context, ApiJson.Default.SetTableModel);
        if (model is null)
            return ApiServices.Bad(mistake!);
        return await Put(services, context, "sets", () => TagOf(services.Target.Configuration.Sets()), text => ManagedLine.Put(text, SetsPath, HoconOf(model), replaces: true))
            ?? await GetSets(services, context);
    }

    private static async Task<IResult> PutForwards(ApiServices services, HttpContext context)
    {
        (PortForwardTableModel? model, string? mistake) = await ApiServices.Read(context, ApiJson.Default.PortForwardTableModel);
        if (model is null)
            return ApiServices.Bad(mistake!);
        return await Put(
                services, context, "port-forwards", () => TagOf(new PortForwardTableModel(services.Target.Configuration.PortForwards())), text => ManagedLine.Put(text, ForwardsPath, HoconOf(model)))
            ?? await GetForwards(services, context);
    }

    private static async Task<IResult?> Put(ApiServices services, HttpContext context, string name, Func<string> tag, Func<string, string> edit)
    {
        using IDisposable editing = await services.Editing.Enter(context.RequestAborted);
        if (EntityTag.Conflict(context, tag(), isNeeded: true) is { } conflict)
            return conflict;
        try
        {
            string text = edit(services.Target.Configuration.ReadText());
            IReadOnlyList<string> errors = services.Target.Configuration.Validate(text);
            if (errors.Count != 0)
                return Refused(services, context, name, errors);
            ReloadResult result = await services.Target.Configuration.Apply(text);
            if (!result.IsValid)
                return Refused(services, context, name, result.Errors);
            services.Audit.Note(context, $"{name}.change", services.Target.Control.Status().Config, "done");
            return null;
        }
        catch (RuleException error)
        {
            return ProblemAnswer.Of(StatusCodes.Status422UnprocessableEntity, error.Message);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            services.Audit.Note(context, $"{name}.change", services.Target.Control.Status().Config, error.Message);
            return ProblemAnswer.Of(StatusCodes.Status409Conflict, $"the file cannot be written: {error.Message}");
        }
    }

    private static IResult Refused(ApiServices services, HttpContext context, string name, IReadOnlyList<string> errors)
    {
        string text = string.Join("; ", errors.Take(5));
        services.Audit.Note(context, $"{name}.change", services.Target.Control.Status().Config, $"refused: {text}");
        return ProblemAnswer.Of(StatusCodes.Status422UnprocessableEntity, text);
    }

    /// <summary>Sets in the operator's language, on one line.</summary>
    /// <exception cref="RuleException">A set makes no sense.</exception>
    internal static string HoconOf(SetTableModel model)
    {
        IEnumerable<string> sets = RuleText.List(model.Sets, "sets").Select(static set =>
        {
            IEnumerable<string> entries = RuleText.List(set.Entries, "entries").Select(static entry => ManagedLine.Quoted(RuleText.Field(entry, "entry")));
            return $"{ManagedLine.Quoted(RuleText.Field(set.Name, "name"))} {{ entries = [{string.Join(", ", entries)}], "
                + (string.IsNullOrEmpty(set.File) ? string.Empty : $"file = {ManagedLine.Quoted(RuleText.Field(set.File, "file", mayHoldComma: true))}, ")
                + $"kernel = {(set.IsKernel ? "on" : "off")} }}";
        });
        return $"{{ {string.Join(", ", sets)} }}";
    }

    /// <summary>Port forwards in the operator's language, on one line.</summary>
    /// <exception cref="RuleException">A forward makes no sense.</exception>
    internal static string HoconOf(PortForwardTableModel model)
    {
        IEnumerable<string> forwards = RuleText.List(model.Forwards, "forwards").Select(static forward =>
            $"{{ protocol = {ManagedLine.Quoted(RuleText.Field(forward.Protocol, "protocol"))}, "
            + (string.IsNullOrEmpty(forward.Address) ? string.Empty : $"address = {ManagedLine.Quoted(RuleText.Field(forward.Address, "address"))}, ")
            + $"port = {RuleText.Number(forward.Port, ushort.MaxValue, "port")}, to = {ManagedLine.Quoted(RuleText.Field(forward.To, "to"))}, "
            + $"to-port = {RuleText.Number(forward.ToPort ?? forward.Port, ushort.MaxValue, "toPort")}, zone = {RuleText.Number(forward.Zone, ushort.MaxValue, "zone")} }}");
        return $"[{string.Join(", ", forwards)}]";
    }

    private static string TagOf(IReadOnlyList<SetModel> sets) => EntityTag.Of(JsonSerializer.Serialize(new SetTableModel(sets), ApiJson.Default.SetTableModel));

    private static string TagOf(PortForwardTableModel model) =>
        EntityTag.Of(string.Create(CultureInfo.InvariantCulture, $"{JsonSerializer.Serialize(model, ApiJson.Default.PortForwardTableModel)}"));
}
