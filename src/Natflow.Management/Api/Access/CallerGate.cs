using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Natflow.Management.Api.Routes;
using Natflow.Management.Control;

namespace Natflow.Management.Api.Access;

/// <summary>Lets a request through or refuses it: who asks, and may they. Before every handler; what it does not know it refuses.</summary>
internal sealed class CallerGate
{
    private const string Scheme = "Bearer ";
    private const int TokenLengthMax = 256;

    private static readonly object CallerKey = new();

    private readonly Func<HttpContext, ApiCaller> _identify;

    private CallerGate(Func<HttpContext, ApiCaller> identify) => _identify = identify;

    /// <summary>By token; on loopback addresses without one too, where the settings say so.</summary>
    internal static CallerGate ByToken(ApiSettings settings, TokenFile tokens) => new(context => Identify(context, settings, tokens));

    /// <summary>Who reaches the control socket may do everything: the socket's file mode is the gate.</summary>
    internal static CallerGate BySocket() => new(static _ => new ApiCaller("socket", ApiRole.Admin, "socket"));

    /// <summary>Who asks, as the gate found out.</summary>
    internal static ApiCaller CallerOf(HttpContext context) => (ApiCaller)context.Items[CallerKey]!;

    /// <summary>The step before the handlers.</summary>
    internal async Task Check(HttpContext context, RequestDelegate next)
    {
        ApiCaller caller = _identify(context);
        context.Items[CallerKey] = caller;
        ApiPermission needed = context.GetEndpoint()?.Metadata.GetMetadata<ApiRoute>()?.Permission ?? ApiPermission.Read;
        if (caller.May(needed) && !IsForeign(context))
        {
            await next(context);
            return;
        }

        if (caller.Role == ApiRole.None)
        {
            context.Response.Headers.WWWAuthenticate = "Bearer";
            await ProblemAnswer.Of(StatusCodes.Status401Unauthorized, "a token is needed: 'Authorization: Bearer TOKEN'; 'natflow token' makes one").ExecuteAsync(context);
            return;
        }

        string detail = caller.May(needed)
            ? "a page of another site must not act here"
            : $"'{caller.Name}' is {caller.Role.ToString().ToLowerInvariant()}, which may not {needed.ToString().ToLowerInvariant()}";
        await ProblemAnswer.Of(StatusCodes.Status403Forbidden, detail).ExecuteAsync(context);
    }

    private static ApiCaller Identify(HttpContext context, ApiSettings settings, TokenFile tokens)
    {
        IPAddress? from = context.Connection.RemoteIpAddress;
        string header = context.Request.Headers.Authorization.ToString();
        if (header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
        {
            string text = header[Scheme.Length..].Trim();
            ApiToken? token = text.Length is > 0 and <= TokenLengthMax ? tokens.Find(text) : null;
            return token is null ? Nobody(from) : new ApiCaller(token.Name, token.Role, $"{from}");
        }

        if (header.Length != 0)
            return Nobody(from);
        bool isLoopback = from is not null && IPAddress.IsLoopback(from) && settings.IsLoopback;
        return isLoopback && settings.LoopbackRole != ApiRole.None && IsLocalName(context.Request.Host.Host)
            ? new ApiCaller("loopback", settings.LoopbackRole, $"{from}")
            : Nobody(from);
    }

    private static ApiCaller Nobody(IPAddress? from) => new(string.Empty, ApiRole.None, $"{from}");

    // A name that somebody else's DNS may point here is no local name: a page of theirs would otherwise be let in by the browser's own address.
    private static bool IsLocalName(string host) => string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && address.AddressFamily is AddressFamily.InterNetwork or AddressFamily.InterNetworkV6);

    // Where the address alone lets one in, a browser would carry any site's wishes: those name their origin.
    private static bool IsForeign(HttpContext context)
    {
        if (HttpMethods.IsGet(context.Request.Method) || HttpMethods.IsHead(context.Request.Method))
            return false;
        string origin = context.Request.Headers.Origin.ToString();
        return origin.Length != 0 && (!Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) || !string.Equals(uri.Authority, context.Request.Host.ToString(), StringComparison.OrdinalIgnoreCase));
    }
}
