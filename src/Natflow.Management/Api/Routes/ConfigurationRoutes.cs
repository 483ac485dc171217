using System.Text;
using Microsoft.AspNetCore.Http;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;

namespace Natflow.Management.Api.Routes;

/// <summary>The operator's file: read, tried, changed by one at a time, read again by the gateway.</summary>
internal static class ConfigurationRoutes
{
    private const string Hocon = "application/hocon";

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The routes.</summary>
    internal static IEnumerable<ApiRoute> All(ApiServices services) =>
    [
        new("GET", "/api/v1/configuration", ApiPermission.Administer, "The operator's file and the settings in force.", context => Get(services, context)) { Answer = typeof(ConfigurationModel) },
        new("POST", "/api/v1/configuration/validate", ApiPermission.Administer, "Says what is wrong with a configuration; changes nothing.", context => Validate(services, context))
        {
            BodyContentType = Hocon,
            Answer = typeof(ValidationModel),
        },
        new("PUT", "/api/v1/configuration", ApiPermission.Administer, "Writes the operator's file and puts in force what can be. If-Match is needed.", context => Put(services, context))
        {
            BodyContentType = Hocon,
            Answer = typeof(ReloadResult),
        },
        new("POST", "/api/v1/reload", ApiPermission.Administer, "Reads the operator's file again.", context => Reload(services, context)) { Answer = typeof(ReloadResult) },
    ];

    private static Task<IResult> Get(ApiServices services, HttpContext context) => Task.FromResult(Guard(() =>
    {
        string text = services.Target.Configuration.ReadText();
        return EntityTag.Answer(context, EntityTag.Of(text))
            ?? ApiServices.Json(new ConfigurationModel(text, services.Target.Configuration.Values()), ApiJson.Default.ConfigurationModel);
    }));

    private static async Task<IResult> Validate(ApiServices services, HttpContext context)
    {
        if (await ReadText(context) is not { } text)
            return ApiServices.Bad("body: UTF-8 is needed");
        IReadOnlyList<string> errors = services.Target.Configuration.Validate(text);
        return ApiServices.Json(new ValidationModel(errors.Count == 0, errors), ApiJson.Default.ValidationModel);
    }

    private static async Task<IResult> Put(ApiServices services, HttpContext context)
    {
        if (await ReadText(context) is not { } text)
            return ApiServices.Bad("body: UTF-8 is needed");
        using IDisposable editing = await services.Editing.Enter(context.RequestAborted);
        IResult? refusal = Guard(() => EntityTag.Conflict(context, EntityTag.Of(services.Target.Configuration.ReadText()), isNeeded: true));
        if (refusal is not null)
        {
            services.Audit.Note(context, "configuration.apply", services.Target.Control.Status().Config, "refused: not what was read");
            return refusal;
        }

        IReadOnlyList<string> errors = services.Target.Configuration.Validate(text);
        if (errors.Count != 0)
        {
            services.Audit.Note(context, "configuration.apply", services.Target.Control.Status().Config, "refused: not valid");
            return ApiServices.Json(new ReloadResult(IsValid: false, [], [], errors), ApiJson.Default.ReloadResult, StatusCodes.Status422UnprocessableEntity);
        }

        try
        {
            ReloadResult result = await services.Target.Configuration.Apply(text);
            services.Audit.Note(context, "configuration.apply", services.Target.Control.Status().Config, Outcome(result));
            context.Response.Headers.ETag = EntityTag.Of(text);
            return ApiServices.Json(result, ApiJson.Default.ReloadResult);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            services.Audit.Note(context, "configuration.apply", services.Target.Control.Status().Config, error.Message);
            return ProblemAnswer.Of(StatusCodes.Status409Conflict, $"the file cannot be written: {error.Message}");
        }
    }

    private static async Task<IResult> Reload(ApiServices services, HttpContext context)
    {
        await context.Request.Body.CopyToAsync(System.IO.Stream.Null, context.RequestAborted);
        ReloadResult result = await services.Target.Control.Reload();
        services.Audit.Note(context, "configuration.reload", services.Target.Control.Status().Config, Outcome(result));
        return ApiServices.Json(result, ApiJson.Default.ReloadResult);
    }

    private static string Outcome(ReloadResult result) =>
        result.IsValid ? $"done: {result.Applied.Count} in force, {result.NeedRestart.Count} wait for a restart" : $"refused: {string.Join("; ", result.Errors.Take(3))}";

    private static TResult Guard<TResult>(Func<TResult> read)
        where TResult : class?, IResult?
    {
        try
        {
            return read();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return (TResult)ProblemAnswer.Of(StatusCodes.Status409Conflict, $"the file cannot be read: {error.Message}");
        }
    }

    private static async Task<string?> ReadText(HttpContext context)
    {
        using var bytes = new MemoryStream();
        await context.Request.Body.CopyToAsync(bytes, context.RequestAborted);
        try
        {
            return Utf8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
