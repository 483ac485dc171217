using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Natflow.Management.Control;

/// <summary>Bodies that may be long: sets, dumps of rules.</summary>
internal static class BodyText
{
    private const long BytesMax = 64 << 20;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Reads a body as bytes, up to 64 MiB.</summary>
    internal static async Task<byte[]> ReadBytes(HttpRequest request)
    {
        if (request.HttpContext.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = BytesMax;
        using var bytes = new MemoryStream();
        await request.Body.CopyToAsync(bytes, request.HttpContext.RequestAborted);
        return bytes.ToArray();
    }

    /// <summary>Reads a body as text, up to 64 MiB.</summary>
    /// <returns>Null for what is no UTF-8.</returns>
    internal static async Task<string?> Read(HttpRequest request)
    {
        byte[] bytes = await ReadBytes(request);
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
