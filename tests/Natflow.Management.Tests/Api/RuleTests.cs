using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Models;

namespace Natflow.Management.Tests.Api;

/// <summary>Tables of rules, sets and port forwards: read, changed by who has seen them, on record with who it was.</summary>
public sealed class RuleTests
{
    private const string Qos = """{"mode":"police","rules":[{"user":"10.0.0.0/24","remotePort":"443","protocol":"tcp","rateDown":10000000,"rateUp":8000}]}""";
    private const string Zones = """{"rules":[{"kind":"lan","zone":3,"interface":"lan+"},{"kind":"wan","zone":4,"interface":"wan0"}]}""";
    private const string Auth = """{"isEnabled":true,"idleSeconds":600,"portalIpv4":"10.9.9.9","portalIpv6":"::","redirectsHttps":false,"httpsPort":443,"destinationBypass":"","sourceBypass":"free","rules":[{"id":7,"zone":0,"type":"web","sources":"guests","whiteAddresses":"","whiteMacs":""}]}""";
    private const string Forwards = """{"forwards":[{"protocol":"tcp","port":443,"to":"192.168.1.5","toPort":8443,"zone":0}]}""";
    private const string Sets = """{"sets":[{"name":"guests","entries":["10.1.0.0/16"],"file":"","isKernel":false}]}""";

    [Theory]
    [InlineData("qos", Qos)]
    [InlineData("zones", Zones)]
    [InlineData("auth-rules", Auth)]
    public async Task Table_PutAndRead_IsWhatWasPut(string table, string body)
    {
        await using ApiRig rig = await ApiRig.Start();
        using HttpClient client = rig.Client(ApiRole.Admin);

        using HttpResponseMessage put = await Put(client, $"/api/v1/{table}", body, await TagOf(client, table));
        JsonNode? read = JsonNode.Parse(await client.GetStringAsync($"/api/v1/{table}"));

        Assert.Equal(HttpStatusCode.OK, put.StatusCode);
        JsonNode? expected = JsonNode.Parse(body);
        foreach ((JsonObject want, JsonObject got) in expected!["rules"]!.AsArray().Zip(read!["rules"]!.AsArray()).Select(static pair => (pair.First!.AsObject(), pair.Second!.AsObject())))
            Assert.All(want, member => Assert.Equal($"{member.Value}", $"{got[member.Key]}"));
        Assert.Contains(rig.Audit, record => record.Action == $"{table}.change" && record is { Who: "the-Admin", Outcome: "done" });
    }

    [Theory]
    [InlineData("qos", Qos)]
    [InlineData("zones", Zones)]
    [InlineData("auth-rules", Auth)]
    [InlineData("sets", Sets)]
    [InlineData("port-forwards", Forwards)]
    public async Task Put_WithoutOrWithAnOldTag_ChangesNothing(string table, string body)
    {
        await using ApiRig rig = await ApiRig.Start();
        using HttpClient client = rig.Client(ApiRole.Admin);
        string before = await client.GetStringAsync($"/api/v1/{table}");

        using HttpResponseMessage none = await Put(client, $"/api/v1/{table}", body, null);
        using HttpResponseMessage old = await Put(client, $"/api/v1/{table}", body, "\"old\"");

        Assert.Equal((HttpStatusCode.PreconditionRequired, HttpStatusCode.PreconditionFailed), (none.StatusCode, old.StatusCode));
        Assert.Equal(before, await client.GetStringAsync($"/api/v1/{table}"));
        Assert.Equal("natflow {}", rig.Configuration.Text);
    }

    [Fact]
    public async Task Put_OfTwoWithTheSameTag_OneWins()
    {
        await using ApiRig rig = await ApiRig.Start();
        using HttpClient client = rig.Client(ApiRole.Admin);
        string tag = await TagOf(client, "zones");

        using HttpResponseMessage first = await Put(client, "/api/v1/zones", Zones, tag);
        using HttpResponseMessage second = await Put(client, "/api/v1/zones", """{"rules":[]}""", tag);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.PreconditionFailed), (first.StatusCode, second.StatusCode));
        Assert.Contains("wan0", await client.GetStringAsync("/api/v1/zones"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("qos", """{"mode":"police","rules":[{"user":"10.0.0.0/24,rxbytes=1"}]}""", "user")]
    [InlineData("qos", """{"mode":"police","rules":[{"rateDown":1}]}""", "rateDown")]
    [InlineData("qos", """{"mode":"police","rules":[{"user":"10.0.0.300"}]}""", "user")]
    [InlineData("qos", """{"mode":"police"}""", "rules")]
    [InlineData("qos", """{"mode":"police","rules":[null]}""", "rules")]
    [InlineData("qos", """{"mode":"fast","rules":[]}""", "mode")]
    [InlineData("zones", """{"rules":[{"kind":"lan","zone":127,"interface":"x"}]}""", "zone")]
    [InlineData("zones", "{\"rules\":[{\"kind\":\"lan\",\"zone\":1,\"interface\":\"x\\nclean\"}]}", "interface")]
    [InlineData("zones", """{"rules":[{"kind":"lan","zone":1,"interface":"a-name-that-is-much-too-long"}]}""", "pattern")]
    [InlineData("auth-rules", """{"isEnabled":true,"idleSeconds":-1,"portalIpv4":"10.0.0.1","portalIpv6":"::","rules":[]}""", "idleSeconds")]
    [InlineData("auth-rules", """{"isEnabled":true,"idleSeconds":1,"portalIpv4":"nowhere","portalIpv6":"::","rules":[]}""", "nowhere")]
    [InlineData("sets", """{"sets":[{"name":"a\nb","entries":[]}]}""", "name")]
    [InlineData("port-forwards", """{"forwards":[{"protocol":"tcp","port":70000,"to":"10.0.0.1"}]}""", "port")]
    public async Task Put_OfNonsense_IsRefusedInWordsAndChangesNothing(string table, string body, string word)
    {
        await using ApiRig rig = await ApiRig.Start();
        using HttpClient client = rig.Client(ApiRole.Admin);
        string before = await client.GetStringAsync($"/api/v1/{table}");

        using HttpResponseMessage put = await Put(client, $"/api/v1/{table}", body, await TagOf(client, table));

        string text = await put.Content.ReadAsStringAsync();
        Assert.Equal((HttpStatusCode.UnprocessableEntity, "application/problem+json"), (put.StatusCode, put.Content.Headers.ContentType?.MediaType));
        Assert.Contains(word, text, StringComparison.Ordinal);
        Assert.Equal(before, await client.GetStringAsync($"/api/v1/{table}"));
    }

    [Fact]
    public async Task Acl_AddRemoveAndSearch_ShowsWhatHolds()
    {
        await using ApiRig rig = await ApiRig.Start();
        using HttpClient client = rig.Client(ApiRole.Admin);
        using HttpResponseMessage added = await Change(client, """{"default":"drop","add":[{"slot":1,"action":"drop","host":"ads.example"},{"slot":2,"action":"reset","host":"games.example"},{"slot":3,"action":"accept","host":"good.example"}]}""");
        using HttpResponseMessage removed = await Change(client, """{"remove":[{"slot":1,"action":"drop","host":"ads.example"}]}""");

        AclTableModel? found = await client.GetFromJsonAsync("/api/v1/acl?search=EXAMPLE&action=reset", Management.Api.ApiJson.Default.AclTableModel);
        AclTableModel? all = await client.GetFromJsonAsync("/api/v1/acl?limit=1&offset=1", Management.Api.ApiJson.Default.AclTableModel);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (added.StatusCode, removed.StatusCode));
        Assert.Equal([new AclRuleModel(2, "reset", "games.example")], found!.Rules);
        Assert.Equal(("drop", 2), (all!.Default, all.Total));
        Assert.Equal([new AclRuleModel(3, "accept", "good.example")], all.Rules);
    }

    [Theory]
    [InlineData("""{"add":[{"slot":64,"action":"drop","host":"a.example"}]}""")]
    [InlineData("""{"add":[{"slot":1,"action":"eat","host":"a.example"}]}""")]
    [InlineData("""{"add":[{"slot":1,"action":"drop","host":"no host"}]}""")]
    [InlineData("""{"add":[{"slot":1,"action":"drop"}]}""")]
    [InlineData("""{"add":[null]}""")]
    [InlineData("{}")]
    public async Task Acl_Nonsense_ChangesNothing(string body)
    {
        await using ApiRig rig = await ApiRig.Start();
        using HttpClient client = rig.Client(ApiRole.Admin);

        using HttpResponseMessage changed = await Change(client, body);

        Assert.Equal(HttpStatusCode.UnprocessableEntity, changed.StatusCode);
        Assert.Equal(0, (await client.GetFromJsonAsync("/api/v1/acl", Management.Api.ApiJson.Default.AclTableModel))!.Total);
    }

    [Fact]
    public async Task Sets_Put_WritesALineOfTheFileAndNoMore()
    {
        await using ApiRig rig = await ApiRig.Start();
        rig.Configuration.Text = "# mine\nnatflow {}\n";
        using HttpClient client = rig.Client(ApiRole.Admin);

        using HttpResponseMessage sets = await Put(client, "/api/v1/sets", Sets, await TagOf(client, "sets"));
        using HttpResponseMessage forwards = await Put(client, "/api/v1/port-forwards", Forwards, await TagOf(client, "port-forwards"));
        using HttpResponseMessage again = await Put(client, "/api/v1/sets", """{"sets":[]}""", await TagOf(client, "sets"));

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK, HttpStatusCode.OK), (sets.StatusCode, forwards.StatusCode, again.StatusCode));
        Assert.Equal(
            "# mine\nnatflow {}\n"
            + "natflow.nat.port-forwards = [{ protocol = \"tcp\", port = 443, to = \"192.168.1.5\", to-port = 8443, zone = 0 }] # written by the API\n"
            + "natflow.sets = null # written by the API\nnatflow.sets = {  } # written by the API\n",
            rig.Configuration.Text);
    }

    [Fact]
    public async Task Rules_OfAGatewayWithoutUsers_AreAConflict()
    {
        await using ApiRig rig = await ApiRig.Start(hasUsers: false);
        using HttpClient client = rig.Client(ApiRole.Viewer);

        using HttpResponseMessage response = await client.GetAsync("/api/v1/qos");

        Assert.Equal(HttpStatusCode.Conflict, response.StatusCode);
    }

    private static async Task<string> TagOf(HttpClient client, string table)
    {
        using HttpResponseMessage read = await client.GetAsync($"/api/v1/{table}");
        return read.Headers.ETag!.Tag;
    }

    private static async Task<HttpResponseMessage> Change(HttpClient client, string body)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, "/api/v1/acl") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.IfMatch.Add(new EntityTagHeaderValue(await TagOf(client, "acl")));
        return await client.SendAsync(request);
    }

    private static async Task<HttpResponseMessage> Put(HttpClient client, string path, string body, string? tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (tag is not null)
            request.Headers.IfMatch.Add(new EntityTagHeaderValue(tag));
        return await client.SendAsync(request);
    }
}
