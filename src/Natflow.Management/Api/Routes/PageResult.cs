using System.Buffers.Text;
using Microsoft.AspNetCore.Http;

namespace Natflow.Management.Api.Routes;

/// <summary>A page of a list that was put into JSON before, and how old it is by now: the age is the model's last member, and all that differs.</summary>
/// <param name="rendered">The page with an age of 0; not changed.</param>
/// <param name="ageMs">Its age.</param>
internal sealed class PageResult(byte[] rendered, long ageMs) : IResult
{
    private const int DigitsMax = 20;

    /// <inheritdoc />
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        ReadOnlyMemory<byte> body = rendered.AsMemory(0, rendered.Length - "0}"u8.Length);
        byte[] tail = new byte[DigitsMax + 1];
        Utf8Formatter.TryFormat(ageMs, tail, out int digits);
        tail[digits] = (byte)'}';
        httpContext.Response.ContentType = "application/json; charset=utf-8";
        httpContext.Response.ContentLength = body.Length + digits + 1;
        if (HttpMethods.IsHead(httpContext.Request.Method))
            return;
        await httpContext.Response.Body.WriteAsync(body, httpContext.RequestAborted);
        await httpContext.Response.Body.WriteAsync(tail.AsMemory(0, digits + 1), httpContext.RequestAborted);
    }
}
