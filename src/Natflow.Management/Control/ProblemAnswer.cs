using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Natflow.Actors;

namespace Natflow.Management.Control;

/// <summary>Sees to it that whatever is refused is refused as a problem (RFC 9457).</summary>
internal static class ProblemAnswer
{
    /// <summary>A refusal.</summary>
    /// <param name="status">HTTP status, 400 to 599.</param>
    /// <param name="detail">In words for the operator.</param>
    internal static IResult Of(int status, string detail) => Results.Json(
        new ControlProblem("about:blank", ReasonPhrases.GetReasonPhrase(status), status, detail),
        ControlJson.Default.ControlProblem,
        "application/problem+json",
        status);

    /// <summary>The step before all routes.</summary>
    internal static async Task Guard(HttpContext context, RequestDelegate next)
    {
        try
        {
            await next(context);
        }
        catch (BadHttpRequestException error) when (!context.Response.HasStarted)
        {
            await Of(error.StatusCode, error.Message).ExecuteAsync(context);
        }
        catch (AskTimeoutException) when (!context.Response.HasStarted)
        {
            await Of(StatusCodes.Status503ServiceUnavailable, "the data plane did not answer in time").ExecuteAsync(context);
        }

        HttpResponse response = context.Response;
        if (response is { HasStarted: false, StatusCode: >= StatusCodes.Status400BadRequest, ContentType: null })
            await Of(response.StatusCode, $"{context.Request.Method} {context.Request.Path}: not served here").ExecuteAsync(context);
    }
}
