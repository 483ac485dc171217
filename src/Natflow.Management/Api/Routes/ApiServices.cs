using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Natflow.Management.Api.Lists;
using Natflow.Management.Api.Live;
using Natflow.Management.Api.Rules;
using Natflow.Management.Control;

namespace Natflow.Management.Api.Routes;

/// <summary>What the handlers share.</summary>
/// <param name="Target">The gateway.</param>
/// <param name="Sampler">Its figures, second by second.</param>
/// <param name="Lists">Lists of the last second.</param>
/// <param name="Audit">Records of changes.</param>
/// <param name="Streams">Sends events.</param>
/// <param name="Visits">What subscribers visited.</param>
/// <param name="Apps">What flows were recognised as.</param>
/// <param name="Stopping">Ends streams with the server.</param>
internal sealed record ApiServices(ApiTarget Target, Sampler Sampler, ListCache Lists, AuditTrail Audit, StreamSender Streams, EventRing Visits, EventRing Apps, CancellationToken Stopping)
{
    /// <summary>Entity tags of rules.</summary>
    internal RuleTags Tags { get; } = new();

    /// <summary>One change of the operator's file at a time.</summary>
    internal required EditGate Editing { get; init; }

    /// <summary>An answer in JSON.</summary>
    internal static IResult Json<T>(T value, JsonTypeInfo<T> type, int status = StatusCodes.Status200OK) => Results.Json(value, type, statusCode: status);

    /// <summary>A refusal of what was asked.</summary>
    internal static IResult Bad(string detail) => ProblemAnswer.Of(StatusCodes.Status400BadRequest, detail);

    /// <summary>Reads a JSON body.</summary>
    /// <returns>Null, with what is wrong, where it is none of the type.</returns>
    internal static async Task<(T? Value, string? Error)> Read<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        if (context.Request.ContentType is not { } content || !content.StartsWith("application/json", StringComparison.OrdinalIgnoreCase))
            return (null, "Content-Type: application/json is needed");
        try
        {
            T? value = await JsonSerializer.DeserializeAsync(context.Request.Body, type, context.RequestAborted);
            return value is null ? (null, "body: an object is needed") : (value, null);
        }
        catch (JsonException error)
        {
            return (null, $"body: {error.Message}");
        }
    }
}
