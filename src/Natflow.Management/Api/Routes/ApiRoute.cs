using Microsoft.AspNetCore.Http;
using Natflow.Management.Api.Access;

namespace Natflow.Management.Api.Routes;

/// <summary>A route: what the server maps, the gate checks and the OpenAPI document says are this one value.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Pattern">Path with parameters in braces.</param>
/// <param name="Permission">What the caller must be allowed.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Handler">Answers it.</param>
internal sealed record ApiRoute(string Method, string Pattern, ApiPermission Permission, string Summary, Func<HttpContext, Task<IResult>> Handler)
{
    /// <summary>Query parameters; others are refused.</summary>
    internal IReadOnlyList<ApiParameter> Parameters { get; init; } = [];

    /// <summary>JSON type of the body; null where there is none or it is text.</summary>
    internal Type? Body { get; init; }

    /// <summary>Content type of the body; null where there is none.</summary>
    internal string? BodyContentType { get; init; }

    /// <summary>JSON type of the answer; null where it is something else.</summary>
    internal Type? Answer { get; init; }

    /// <summary>Content type of the answer.</summary>
    internal string AnswerContentType { get; init; } = "application/json";

    /// <summary>Whether parameters beyond those named are let pass: routes whose contract is another's.</summary>
    internal bool IsLenient { get; init; }
}

/// <summary>A query parameter.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">JSON type: string or integer.</param>
/// <param name="Description">What it does, with its range.</param>
internal sealed record ApiParameter(string Name, string Type, string Description);
