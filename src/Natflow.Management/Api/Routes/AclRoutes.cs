using System.Globalization;
using Microsoft.AspNetCore.Http;
using Natflow.Gateway.Users;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Lists;
using Natflow.Management.Api.Models;
using Natflow.Management.Api.Rules;
using Natflow.Management.Control;
using Natflow.Policy.Acl;

namespace Natflow.Management.Api.Routes;

/// <summary>Host rules: up to a million, so they are read by the page and changed by the rule.</summary>
internal static class AclRoutes
{
    private const string Path = "/api/v1/acl";
    private const int RulesPerChangeMax = 20_000;

    /// <summary>The routes.</summary>
    internal static IEnumerable<ApiRoute> All(ApiServices services) =>
    [
        new("GET", Path, ApiPermission.Read, "Host rules.", context => Get(services, context))
        {
            Parameters =
            [
                new("search", "string", "Part of the host."),
                new("slot", "integer", "Only of this slot, 0 to 63."),
                new("action", "string", "Only with this action: accept, drop, reset or redirect."),
                new("limit", "integer", "Rows of the page, 1 to 1000; default 50."),
                new("offset", "integer", "Rows before the page."),
            ],
            Answer = typeof(AclTableModel),
        },
        new("PATCH", Path, ApiPermission.Administer, "Takes host rules out, adds others, sets what holds where none hits. If-Match is needed.", context => Change(services, context))
        {
            Body = typeof(AclChangeModel),
            BodyContentType = "application/json",
            Answer = typeof(AclTableModel),
        },
    ];

    private static async Task<IResult> Get(ApiServices services, HttpContext context)
    {
        var query = new QueryReader(context.Request.Query);
        int limit = query.Whole("limit", 1, QueryReader.LimitMax, 50);
        int offset = query.Whole("offset", 0, AclModel.EntryCountMax, 0);
        int? slot = query.Text("slot") is null ? null : query.Whole("slot", 0, AclEntry.SlotMax, 0);
        string? search = query.Text("search");
        string? action = query.Text("action");
        if (query.Error is { } error)
            return ApiServices.Bad(error);
        if (services.Target.Control.Users is not { } users)
            return RuleRoutes.NoUsers();
        try
        {
            AclAction? only = action is null ? null : RuleTables.ActionOf(action, "action");
            AclModel acl = (await users.Models()).Models.Acl;
            IEnumerable<AclEntry> matching = acl.Entries.Where(entry =>
                (slot is null || entry.Slot == slot) && (only is null || entry.Action == only) && (search is null || entry.Host.Contains(search, StringComparison.OrdinalIgnoreCase)));
            return EntityTag.Answer(context, services.Tags.Of(acl)) ?? Answer(acl, matching, offset, limit);
        }
        catch (RuleException mistake)
        {
            return ApiServices.Bad(mistake.Message);
        }
    }

    private static IResult Answer(AclModel acl, IEnumerable<AclEntry> matching, int offset, int limit)
    {
        var rows = new List<AclRuleModel>();
        int total = 0;
        foreach (AclEntry entry in matching)
        {
            if (total++ >= offset && rows.Count < limit)
                rows.Add(new AclRuleModel(entry.Slot, RuleTables.WordOf(entry.Action), entry.Host));
        }

        return ApiServices.Json(new AclTableModel(RuleTables.WordOf(acl.DefaultAction), acl.RedirectUrl, rows) { Total = total }, ApiJson.Default.AclTableModel);
    }

    private static async Task<IResult> Change(ApiServices services, HttpContext context)
    {
        (AclChangeModel? change, string? mistake) = await ApiServices.Read(context, ApiJson.Default.AclChangeModel);
        if (change is null)
            return ApiServices.Bad(mistake!);
        if (services.Target.Control.Users is not { } users)
            return RuleRoutes.NoUsers();
        try
        {
            ControlModels basis = await users.Models();
            if (EntityTag.Conflict(context, services.Tags.Of(basis.Models.Acl), isNeeded: true) is { } conflict)
                return conflict;
            if (await RuleRoutes.Write(services, context, users, (ControlDevice.HostAcl, "acl"), LinesOf(basis.Models.Acl, change), basis) is { } refusal)
                return refusal;
        }
        catch (RuleException error)
        {
            return ProblemAnswer.Of(StatusCodes.Status422UnprocessableEntity, error.Message);
        }

        AclModel acl = (await users.Models()).Models.Acl;
        context.Response.Headers.ETag = services.Tags.Of(acl);
        return Answer(acl, acl.Entries, 0, QueryReader.LimitMax);
    }

    /// <summary>The lines of a change. The language can add and clear: who takes a rule out writes the others anew.</summary>
    /// <exception cref="RuleException">The change makes no sense.</exception>
    internal static List<string> LinesOf(AclModel acl, AclChangeModel change)
    {
        var lines = new List<string>();
        HashSet<AclEntry> removed = [.. Entries(change.Remove, "remove")];
        if (removed.Count > 0)
        {
            lines.Add("clear");
            lines.AddRange(acl.Entries.Where(entry => !removed.Contains(entry)).Select(static entry => entry.ToString()));
        }

        lines.AddRange(Entries(change.Add, "add").Select(static entry => entry.ToString()));
        if (change.Default is not null)
            lines.Add($"acl_action_default={RuleTables.WordOf(RuleTables.ActionOf(change.Default, "default"))}");
        if (change.RedirectUrl is not null)
            lines.Add($"redirect_url={RuleText.Field(change.RedirectUrl, "redirectUrl", mayHoldComma: true)}");
        return lines.Count > 0 ? lines : throw new RuleException("default, redirectUrl, remove or add is needed");
    }

    private static IEnumerable<AclEntry> Entries(IReadOnlyList<AclRuleModel>? rules, string name)
    {
        if (rules is null)
            return [];
        if (rules.Count > RulesPerChangeMax)
            throw new RuleException(string.Create(CultureInfo.InvariantCulture, $"{name}: {RulesPerChangeMax} rules at a time"));
        return [.. RuleText.List(rules, name).Select(rule =>
            new AclEntry(byte.Parse(RuleText.Number(rule.Slot, AclEntry.SlotMax, "slot"), CultureInfo.InvariantCulture), RuleTables.ActionOf(rule.Action, "action"), RuleText.Field(rule.Host, "host")))];
    }
}
