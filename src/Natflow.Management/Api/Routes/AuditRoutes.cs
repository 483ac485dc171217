using System.Globalization;
using Microsoft.AspNetCore.Http;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Lists;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;
using Natflow.Policy;

namespace Natflow.Management.Api.Routes;

/// <summary>What the journal answers: who had a port, what is on record about a subscriber, how things stood. Each question is on record itself.</summary>
internal static class AuditRoutes
{
    /// <summary>The routes.</summary>
    internal static IEnumerable<ApiRoute> All(ApiServices services) =>
    [
        new("GET", "/api/v1/audit", ApiPermission.Audit, "Changes that somebody asked for, newest first.", context => Changes(services, context))
        {
            Parameters = [new("search", "string", "Text in who, action, subject or outcome."), new("limit", "integer", "1 to 1000; default 50.")],
            Answer = typeof(AuditModel),
        },
        new("GET", "/api/v1/audit/who", ApiPermission.Audit, "Who had a public endpoint at a time.", context => Who(services, context))
        {
            Parameters =
            [
                new("address", "string", "A public address."),
                new("port", "integer", "1 to 65535."),
                new("at", "string", "ISO 8601; default is now."),
            ],
            Answer = typeof(AuditWhoModel),
        },
        new("GET", "/api/v1/audit/user", ApiPermission.Audit, "What is on record about a subscriber.", context => User(services, context))
        {
            Parameters =
            [
                new("address", "string", "The subscriber's address."),
                new("from", "string", "ISO 8601; default is the oldest event."),
                new("to", "string", "ISO 8601; default is now."),
                new("limit", "integer", "1 to 1000; default 50."),
            ],
            Answer = typeof(AuditEventsModel),
        },
        new("GET", "/api/v1/audit/state", ApiPermission.Audit, "Subscribers, policies and port blocks as they were.", context => State(services, context))
        {
            Parameters =
            [
                new("at", "string", "ISO 8601; default is now."),
                new("search", "string", "Part of a subscriber's or public address."),
                new("limit", "integer", "Rows of each list, 1 to 1000; default 50."),
                new("offset", "integer", "Rows before the page; offset and limit together are at most 10000."),
            ],
            Answer = typeof(AuditStateModel),
        },
    ];

    private static Task<IResult> Changes(ApiServices services, HttpContext context)
    {
        var query = new QueryReader(context.Request.Query);
        int limit = query.Whole("limit", 1, QueryReader.LimitMax, 50);
        return Task.FromResult(query.Error is { } error
            ? ApiServices.Bad(error)
            : ApiServices.Json(new AuditModel(services.Audit.Find(query.Text("search"), limit)), ApiJson.Default.AuditModel));
    }

    private static Task<IResult> Who(ApiServices services, HttpContext context)
    {
        var query = new QueryReader(context.Request.Query);
        string text = query.Text("address") ?? string.Empty;
        int port = query.Whole("port", 1, ushort.MaxValue, 0);
        DateTimeOffset at = query.Time("at", services.Target.Clock.GetUtcNow());
        if (query.Error is { } error)
            return Task.FromResult(ApiServices.Bad(error));
        if (!IpAddress.TryParse(text, out IpAddress address) || port == 0)
            return Task.FromResult(ApiServices.Bad("address and port of a public endpoint are needed"));
        return Ask(services, context, "audit.who", string.Create(CultureInfo.InvariantCulture, $"{address}:{port} at {at:O}"), async journal =>
            ApiServices.Json(await journal.Who(address.ToString(), port, at), ApiJson.Default.AuditWhoModel));
    }

    private static Task<IResult> User(ApiServices services, HttpContext context)
    {
        var query = new QueryReader(context.Request.Query);
        string text = query.Text("address") ?? string.Empty;
        DateTimeOffset from = query.Time("from", DateTimeOffset.UnixEpoch);
        DateTimeOffset to = query.Time("to", DateTimeOffset.MaxValue);
        int limit = query.Whole("limit", 1, QueryReader.LimitMax, 50);
        if (query.Error is { } error)
            return Task.FromResult(ApiServices.Bad(error));
        if (!IpAddress.TryParse(text, out IpAddress address))
            return Task.FromResult(ApiServices.Bad($"address '{text}': an IPv4 or IPv6 address is needed"));
        return Ask(services, context, "audit.user", string.Create(CultureInfo.InvariantCulture, $"{address} from {from:O} to {to:O}"), async journal =>
            ApiServices.Json(await journal.User(address.ToString(), from, to, limit), ApiJson.Default.AuditEventsModel));
    }

    private static Task<IResult> State(ApiServices services, HttpContext context)
    {
        var query = new QueryReader(context.Request.Query);
        DateTimeOffset at = query.Time("at", DateTimeOffset.MaxValue);
        (int limit, int offset) = query.Page();
        string? search = query.Text("search");
        if (query.Error is { } error)
            return Task.FromResult(ApiServices.Bad(error));
        string when = at == DateTimeOffset.MaxValue ? "now" : at.ToString("O", CultureInfo.InvariantCulture);
        return Ask(services, context, "audit.state", search is null ? when : $"{when} {search}", async journal =>
            ApiServices.Json(await journal.State(at, search, offset, limit), ApiJson.Default.AuditStateModel));
    }

    private static async Task<IResult> Ask(ApiServices services, HttpContext context, string action, string subject, Func<IAuditJournal, Task<IResult>> ask)
    {
        if (services.Target.Journal is not { } journal)
            return ProblemAnswer.Of(StatusCodes.Status409Conflict, "no journal is kept: natflow.journal.engine is none");
        services.Audit.Note(context, action, subject, "asked");
        try
        {
            return await ask(journal);
        }
        catch (IOException error)
        {
            return ProblemAnswer.Of(StatusCodes.Status503ServiceUnavailable, $"the journal cannot be read: {error.Message}");
        }
    }
}
