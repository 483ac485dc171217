using System.Text.RegularExpressions;
using Natflow.Testing;

namespace Natflow.Management.Tests.Api;

/// <summary>Requests as nobody means them: from a seed, always the same.</summary>
internal static partial class RequestFuzz
{
    private static readonly string[] Values =
    [
        "", "0", "-1", "1", "50", "10000", "99999999999999999999", "10.0.0.1", "10.0.0.0/8", "::1", "tcp", "icmp", "-bytes", "flows", "%00", "%2F%2F", "..%2F..", "null", "true",
        "'%20OR%201=1--", "%F0%9F%92%A9", "%FF%FE", "active", "Offloaded", "1e9", "0x10",
    ];

    private static readonly string[] Bodies =
    [
        "", "{}", "[]", "null", "{\"isBlocked\":1}", "{\"isBlocked\":true}", "{\"rateUp\":-5,\"rateDown\":1e400}", "{\"rateUp\":1,\"rateDown\":1}", "{\"isBlocked\":null", "wrong",
        "natflow { x = ${x} }", "\u0000\u0001", "{\"a\":{\"a\":{\"a\":{}}}}",
        "{\"status\":\"vip\"}", "{\"rules\":[]}", "{\"rules\":[null]}", "{\"mode\":\"mark\",\"rules\":[{\"user\":\"10.0.0.1\",\"rateDown\":9223372036854775807}]}",
        "{\"rules\":[{\"kind\":\"lan\",\"zone\":-1,\"interface\":\"\"}]}", "{\"add\":[{\"slot\":2147483647,\"action\":null,\"host\":null}]}", "{\"remove\":[],\"add\":[]}",
        "{\"sets\":[{}]}", "{\"sets\":[{\"name\":\"x\",\"entries\":[null]}]}", "{\"forwards\":[{}]}", "{\"isEnabled\":true,\"rules\":[{}]}", "{\"burstMs\":2147483647,\"rateUp\":8000,\"rateDown\":8000}",
    ];

    private static readonly string[] ContentTypes = ["application/json", "application/hocon", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"];

    /// <summary>A route's path with a value in place of its parameters.</summary>
    internal static string PathOf(string pattern, string value) => Parameter().Replace(pattern, value);

    /// <summary>A request for a path, with parameters of a route and others.</summary>
    internal static HttpRequestMessage Next(Prng prng, string method, string pattern, IReadOnlyList<string> parameters)
    {
        var query = new List<string>();
        for (int i = prng.Next(4); i > 0; i--)
            query.Add($"{(parameters.Count > 0 && prng.Next(5) > 0 ? parameters[prng.Next(parameters.Count)] : "x")}={Values[prng.Next(Values.Length)]}");
        string path = PathOf(pattern, prng.Next(3) == 0 ? Pick(prng, Values.Where(static value => value.Length > 0).ToArray()) : "10.0.0.1");
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(query.Count == 0 ? path : $"{path}?{string.Join('&', query)}", UriKind.Relative));
        if (method is not ("GET" or "HEAD" or "TRACE"))
        {
            request.Content = new StringContent(Pick(prng, Bodies));
            request.Content.Headers.Remove("Content-Type");
            if (prng.Next(6) > 0)
                request.Content.Headers.TryAddWithoutValidation("Content-Type", Pick(prng, ContentTypes));
        }

        if (prng.Next(3) == 0)
            request.Headers.TryAddWithoutValidation("If-Match", Pick(prng, ["*", "\"x\"", "x", ",,", "W/\"a\""]));
        if (prng.Next(3) == 0)
            request.Headers.TryAddWithoutValidation("Last-Event-ID", Pick(prng, Values.Where(static value => !value.Contains('%', StringComparison.Ordinal)).ToArray()));
        return request;
    }

    private static string Pick(Prng prng, string[] values) => values[prng.Next(values.Length)];

    [GeneratedRegex(@"\{[^}]*\}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Parameter();
}
