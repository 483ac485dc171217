using System.Globalization;
using Microsoft.AspNetCore.Http;
using Natflow.Gateway.Users;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Rules;
using Natflow.Management.Control;

namespace Natflow.Management.Api.Routes;

/// <summary>Tables of rules: read, and replaced whole by who has seen what there is. They are in force, and on record, once the answer is there.</summary>
internal static class RuleRoutes
{
    private const int ErrorsShown = 5;

    /// <summary>The routes.</summary>
    internal static IEnumerable<ApiRoute> All(ApiServices services) =>
    [
        .. Of(services, RuleTables.Qos, "QoS rules"),
        .. Of(services, RuleTables.Zones, "Zone rules"),
        .. Of(services, RuleTables.Auth, "Auth rules"),
        .. AclRoutes.All(services),
    ];

    /// <summary>There are no rules.</summary>
    internal static IResult NoUsers() => ProblemAnswer.Of(StatusCodes.Status409Conflict, "this gateway keeps no users and no rules");

    /// <summary>Writes lines where the rules still are what the caller has seen, and puts on record what became of it.</summary>
    internal static async Task<IResult?> Write(
        ApiServices services, HttpContext context, UserControl users, (ControlDevice Device, string Name) table, IReadOnlyList<string> lines, ControlModels basis)
    {
        ControlLinesAnswer answer = await users.Write(table.Device, lines, basis);
        string subject = string.Create(CultureInfo.InvariantCulture, $"{lines.Count} lines");
        if (answer.IsStale)
        {
            services.Audit.Note(context, $"{table.Name}.change", subject, "refused: not what was read");
            return ProblemAnswer.Of(StatusCodes.Status412PreconditionFailed, "somebody else has changed it since it was read; read it again");
        }

        if (!answer.IsTaken)
        {
            string errors = string.Join("; ", answer.Refused.Take(ErrorsShown).Select(static refused => $"{refused.Line}: {refused.Error}"));
            services.Audit.Note(context, $"{table.Name}.change", subject, $"refused: {errors}");
            return ProblemAnswer.Of(StatusCodes.Status422UnprocessableEntity, errors);
        }

        services.Audit.Note(context, $"{table.Name}.change", subject, "done");
        return null;
    }

    private static IEnumerable<ApiRoute> Of<T>(ApiServices services, RuleTable<T> table, string title)
        where T : class =>
    [
        new("GET", $"/api/v1/{table.Name}", ApiPermission.Read, $"{title}.", context => Get(services, table, context)) { Answer = typeof(T) },
        new("PUT", $"/api/v1/{table.Name}", ApiPermission.Administer, $"{title}: puts others in the place of all. If-Match is needed.", context => Put(services, table, context))
        {
            Body = typeof(T),
            BodyContentType = "application/json",
            Answer = typeof(T),
        },
    ];

    private static async Task<IResult> Get<T>(ApiServices services, RuleTable<T> table, HttpContext context)
        where T : class
    {
        if (services.Target.Control.Users is not { } users)
            return NoUsers();
        ControlModels models = await users.Models();
        return EntityTag.Answer(context, services.Tags.Of(table.Part(models))) ?? ApiServices.Json(table.Model(models), table.Type);
    }

    private static async Task<IResult> Put<T>(ApiServices services, RuleTable<T> table, HttpContext context)
        where T : class
    {
        (T? model, string? mistake) = await ApiServices.Read(context, table.Type);
        if (model is null)
            return ApiServices.Bad(mistake!);
        if (services.Target.Control.Users is not { } users)
            return NoUsers();
        try
        {
            IReadOnlyList<string> lines = table.Lines(model);
            ControlModels basis = await users.Models();
            if (EntityTag.Conflict(context, services.Tags.Of(table.Part(basis)), isNeeded: true) is { } conflict)
                return conflict;
            if (await Write(services, context, users, (table.Device, table.Name), lines, basis) is { } refusal)
                return refusal;
        }
        catch (RuleException error)
        {
            return ProblemAnswer.Of(StatusCodes.Status422UnprocessableEntity, error.Message);
        }

        return await Get(services, table, context);
    }
}
