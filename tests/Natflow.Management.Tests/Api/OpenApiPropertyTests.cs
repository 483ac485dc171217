using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Natflow.Management.Api.Access;
using Natflow.Testing;

namespace Natflow.Management.Tests.Api;

/// <summary>
/// Every operation of the OpenAPI document, called as the document says, by every role: no failure of the server, nobody changes what its role may not, a
/// refusal changes nothing, a change touches its own table alone, and what an auditor sees nobody else does.
/// </summary>
public sealed class OpenApiPropertyTests
{
    private const int CallsOfAdmin = 14;
    private const int CallsOfOthers = 2;
    private const string Visited = "visited-in-secret.example";
    private const string Configured = "configured-in-secret";
    private const string Operated = "# " + Configured + "\nnatflow.ports { lan = [ lan0 ], wan = [ wan0 ] }\n";

    private static readonly string[] Texts = [Operated, Operated + "natflow.sets.staff.entries = [ 10.2.0.0/16 ]\n", "natflow {", "natflow.nat.ports = 7\n", ""];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task EveryOperation_ByEveryRole_KeepsItsPromises(int seed)
    {
        using var file = new OperatorFile(Operated);
        var cluster = new FakeCluster();
        await using ApiRig rig = await ApiRig.Start(flowCount: 3, store: file.Store, cluster: cluster);
        await rig.WaitForFlows(3);
        rig.Api.Visits.Add(Encoding.UTF8.GetBytes($$"""{"host":"{{Visited}}"}"""));
        using HttpClient admin = rig.Client(ApiRole.Admin);
        await Wait(admin);
        JsonNode document = JsonNode.Parse(await admin.GetStringAsync("/api/v1/openapi.json"))!;
        var prng = new Prng(seed);
        var call = new Caller(document, prng);
        var changed = new HashSet<string>(StringComparer.Ordinal);
        foreach (ApiRole role in Enum.GetValues<ApiRole>())
        {
            using HttpClient client = rig.Client(role);
            foreach ((string path, JsonNode? operations) in document["paths"]!.AsObject())
            {
                foreach ((string method, JsonNode? operation) in operations!.AsObject())
                {
                    bool isStream = operation!["responses"]!["200"]!["content"]!["text/event-stream"] is not null;
                    int calls = role == ApiRole.Admin && method != "get" ? CallsOfAdmin : CallsOfOthers;
                    for (int i = 0; i < calls; i++)
                    {
                        Dictionary<string, string> before = await ApiState.Read(rig, admin, file, cluster);
                        using HttpRequestMessage request = call.Next(method, path, operation, await TagOf(admin, method, path));
                        (HttpStatusCode status, string body) = await Send(client, request, isStream);
                        string[] difference = ApiState.Changed(before, await ApiState.Read(rig, admin, file, cluster));
                        string what = $"seed {seed}, {role}: {request.Method} {request.RequestUri} {call.Body}: {(int)status} {body[..Math.Min(body.Length, 300)]}; changed: {string.Join(' ', difference)}";

                        Check(role, operation["x-permission"]!.GetValue<string>(), status, body, difference, what);
                        Assert.All(difference, part => Assert.True(ApiState.TouchedBy(method, path).Contains(part), what));
                        changed.UnionWith(difference);
                    }
                }
            }
        }

        // A generator that changes nothing would prove nothing.
        Assert.Equal(["acl", "auth-rules", "configuration", "port-forwards", "qos", "reloads", "sets", "user", "wishes", "zones"], changed.Order(StringComparer.Ordinal));
        Assert.All(rig.Audit, static record => Assert.True(record.Who is "the-Admin" or "the-Operator" or "the-Auditor", $"{record}"));
    }

    private static void Check(ApiRole role, string permission, HttpStatusCode status, string body, string[] difference, string what)
    {
        Assert.True((int)status < 500, what);
        bool isRefused = status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
        Assert.True(isRefused == !ApiState.May(role, permission), what);
        Assert.True((int)status < 400 || difference.Length == 0, what);
        Assert.True(!body.Contains(Visited, StringComparison.Ordinal) || ApiState.May(role, "audit"), what);
        Assert.True(!body.Contains(Configured, StringComparison.Ordinal) || ApiState.May(role, "administer"), what);
    }

    private static async Task<string?> TagOf(HttpClient admin, string method, string path)
    {
        if (method is "get" or "post" or "delete" || path.Contains('{', StringComparison.Ordinal))
            return null;
        using HttpResponseMessage read = await admin.GetAsync(path);
        return read.Headers.ETag?.Tag;
    }

    private static async Task<(HttpStatusCode Status, string Body)> Send(HttpClient client, HttpRequestMessage request, bool isStream)
    {
        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        bool isEndless = isStream && response.IsSuccessStatusCode;
        return (response.StatusCode, isEndless ? string.Empty : await response.Content.ReadAsStringAsync());
    }

    // Health is 500 until the shards have answered once, as Akka's tools expect.
    private static async Task Wait(HttpClient client)
    {
        for (int i = 0; i < 1000; i++)
        {
            using HttpResponseMessage ready = await client.GetAsync("/ready");
            if (ready.IsSuccessStatusCode)
                return;
        }
    }

    /// <summary>Makes calls as the document describes them.</summary>
    private sealed class Caller(JsonNode document, Prng prng)
    {
        private readonly SchemaBodies _bodies = new(document, prng);

        /// <summary>Body of the last call, for messages.</summary>
        internal string Body { get; private set; } = string.Empty;

        internal HttpRequestMessage Next(string method, string path, JsonNode operation, string? tag)
        {
            var query = new List<string>();
            foreach (JsonNode? parameter in operation["parameters"]!.AsArray())
            {
                string name = parameter!["name"]!.GetValue<string>();
                if (parameter["in"]!.GetValue<string>() == "path")
                    path = path.Replace($"{{{name}}}", Pick("10.0.0.10", "10.0.0.10", "10.0.0.10", "10.0.0.10", "10.0.0.10", "10.0.0.99", "subscribers", "gw-berlin", "drain", "%20"), StringComparison.Ordinal);
                else if (prng.Next(3) == 0)
                    query.Add($"{name}={(parameter["schema"]!["type"]!.GetValue<string>() == "integer" ? Pick("1", "50", "-1", "99999999999") : Pick("10.0.0.10", "tcp", "-bytes", "x", "%F0%9F%92%A9", ""))}");
            }

            var request = new HttpRequestMessage(new HttpMethod(method.ToUpperInvariant()), new Uri(query.Count == 0 ? path : $"{path}?{string.Join('&', query)}", UriKind.Relative));
            Body = string.Empty;
            if (operation["requestBody"]?["content"]?.AsObject().First() is { } content)
            {
                JsonNode schema = content.Value!["schema"]!;
                Body = schema["type"]?.GetValue<string>() == "string" ? Texts[prng.Next(Texts.Length)] : content.Key == "application/json" ? _bodies.Next(schema) : $"operation={Pick("leave", "down", "drain", "join", "x")}";
                request.Content = new StringContent(Body, Encoding.UTF8, content.Key);
            }

            string match = tag is null || prng.Next(5) == 0 ? Pick("*", "\"old\"", "") : tag;
            if (match.Length != 0)
                request.Headers.TryAddWithoutValidation("If-Match", match);
            return request;
        }

        private string Pick(params ReadOnlySpan<string> values) => values[prng.Next(values.Length)];
    }
}
