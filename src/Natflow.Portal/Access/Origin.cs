using Microsoft.AspNetCore.Http;

namespace Natflow.Portal.Access;

/// <summary>Where a change was asked for. Browsers say it by Origin (RFC 6454) and Sec-Fetch-Site; a request without either is of a program, which no other site steers.</summary>
internal static class Origin
{
    /// <summary>Whether a page of the portal sent it.</summary>
    internal static bool IsOwn(HttpRequest request)
    {
        string origin = request.Headers.Origin.ToString();
        string site = request.Headers["Sec-Fetch-Site"].ToString();
        bool isSite = site.Length == 0 || site is "same-origin" or "none";
        return isSite && (origin.Length == 0 || origin.Equals($"{request.Scheme}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase));
    }
}
