using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Natflow.Management.Control;

namespace Natflow.Management.Api.Routes;

/// <summary>Entity tags (RFC 9110 section 8.8.3): what was read, and whether it still is what is changed.</summary>
internal static class EntityTag
{
    private const int TagBytes = 16;

    /// <summary>The tag of a content.</summary>
    internal static string Of(string content) => $"\"{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)).AsSpan(0, TagBytes))}\"";

    /// <summary>Names the tag in the answer.</summary>
    /// <returns>304 where the caller has that content already; else null.</returns>
    internal static IResult? Answer(HttpContext context, string tag)
    {
        context.Response.Headers.ETag = tag;
        return Lists(context.Request.Headers.IfNoneMatch.ToString(), tag) ? Results.StatusCode(StatusCodes.Status304NotModified) : null;
    }

    /// <summary>Refuses a change of what is no longer what the caller has seen.</summary>
    /// <param name="context">The request.</param>
    /// <param name="tag">Tag of what there is now.</param>
    /// <param name="isNeeded">Whether the caller must name what it has seen.</param>
    internal static IResult? Conflict(HttpContext context, string tag, bool isNeeded = false)
    {
        string wanted = context.Request.Headers.IfMatch.ToString();
        if (wanted.Length == 0)
            return isNeeded ? ProblemAnswer.Of(StatusCodes.Status428PreconditionRequired, "If-Match: the ETag of what was read is needed") : null;
        return Lists(wanted, tag) ? null : ProblemAnswer.Of(StatusCodes.Status412PreconditionFailed, "somebody else has changed it since it was read; read it again");
    }

    private static bool Lists(string header, string tag) => header.Split(',').Any(one => one.Trim() is { } given && (given == "*" || given == tag));
}
