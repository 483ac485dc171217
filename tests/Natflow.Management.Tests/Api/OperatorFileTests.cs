using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Natflow.Host.Settings;
using Natflow.Management.Api.Access;

namespace Natflow.Management.Tests.Api;

/// <summary>Sets and port forwards that the API writes into the operator's file, read back by the product's own loader.</summary>
public sealed class OperatorFileTests
{
    private const string Ports = "natflow.ports { lan = [ lan0 ], wan = [ wan0 ] }\n";
    private const string Guests = """{"sets":[{"name":"guests","entries":["10.1.0.0/16","fd00:1::/64"],"file":"","isKernel":false}]}""";
    private const string Forward = """{"forwards":[{"protocol":"udp","port":5060,"to":"192.168.1.5","toPort":5061,"zone":0}]}""";

    public static TheoryData<string> Files() =>
    [
        Ports,
        "# mine\n" + Ports + "natflow.sets { staff { entries = [ 10.2.0.0/16 ] } } // staff\n",
        "# mine\nnatflow {\n  ports { lan = [ lan0 ], wan = [ wan0 ] } # two\n  sets { staff { entries = [ 10.2.0.0/16 ] }, guests { entries = [ 10.9.0.0/16 ] } }\n}",
        "# mine\n{\n  \"natflow\": { \"ports\": { \"lan\": [\"lan0\"], \"wan\": [\"wan0\"] } }\n  // } in a comment\n}\n# the end }\n",
        Ports.Replace("\n", "\r\n", StringComparison.Ordinal) + "natflow.sets.staff.entries = [ 10.2.0.0/16 ]\r\n",
        Ports + "natflow.sets = null\nnatflow.sets.staff.entries = [ 10.2.0.0/16 ]\n",
        Ports + "vars.staff = [ 10.2.0.0/16 ]\nnatflow.sets.staff.entries = ${vars.staff}\nnatflow.sets.staff.entries += 10.3.0.0/16\n",
        Ports + "natflow.nat.port-forwards = [ { protocol = tcp, port = 443, to = \"192.168.1.9\" } ]\nnatflow.nat.port-forwards += { protocol = tcp, port = 80, to = \"192.168.1.9\" }\n",
        "include \"other.conf\"\nnatflow.ports.wan = [ wan0 ]\n",
    ];

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Put_IntoAFile_IsInForceAndAllElseStays(string text)
    {
        using var file = new OperatorFile(text);
        await using ApiRig rig = await ApiRig.Start(store: file.Store);
        using HttpClient client = rig.Client(ApiRole.Admin);
        string[] before = Others(file.InForce);

        await Put(client, "sets", Guests);
        await Put(client, "port-forwards", Forward);

        NatflowSettings loaded = SettingsLoader.Load(file.Path).Settings!;
        Assert.Equal(["guests: 10.1.0.0/16 fd00:1::/64"], loaded.Policy.Sets.Select(static set => $"{set.Name}: {string.Join(' ', set.Entries)}"));
        Assert.Equal([(5060, 5061)], loaded.Nat.PortForwards.Select(static forward => ((int)forward.ExternalPort, (int)forward.InsidePort)));
        Assert.Equal(before, Others(loaded));
        Assert.Equal(text.TrimEnd('\n'), Own(file.Text).TrimEnd('\n'));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(Guests)!["sets"]![0]!["entries"], JsonNode.Parse(await client.GetStringAsync("/api/v1/sets"))!["sets"]![0]!["entries"]));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task Put_Again_LeavesTheSameBytes(string text)
    {
        using var file = new OperatorFile(text);
        await using ApiRig rig = await ApiRig.Start(store: file.Store);
        using HttpClient client = rig.Client(ApiRole.Admin);

        await Put(client, "sets", Guests);
        string once = file.Text;
        await Put(client, "sets", """{"sets":[]}""");
        Assert.Empty(SettingsLoader.Load(file.Path).Settings!.Policy.Sets);
        await Put(client, "sets", Guests);

        Assert.Equal(once, file.Text);
        Assert.DoesNotContain(file.Names, static name => name.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("sets", """{"sets":[{"name":"guests","entries":["10.1.0.0/99"],"file":"","isKernel":false}]}""")]
    [InlineData("sets", """{"sets":[{"name":"a } natflow.nat.ports = 1","entries":["${x}"],"file":"","isKernel":false}]}""")]
    [InlineData("port-forwards", """{"forwards":[{"protocol":"gre","port":443,"to":"192.168.1.5","zone":0}]}""")]
    [InlineData("port-forwards", """{"forwards":[{"protocol":"tcp","port":443,"to":"nowhere","zone":0}]}""")]
    public async Task Put_OfWhatTheLoaderRefuses_LeavesTheFile(string table, string body)
    {
        using var file = new OperatorFile("# mine\n" + Ports);
        await using ApiRig rig = await ApiRig.Start(store: file.Store);
        using HttpClient client = rig.Client(ApiRole.Admin);

        using HttpResponseMessage put = await Send(client, table, body, await TagOf(client, table));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, put.StatusCode);
        Assert.Equal("# mine\n" + Ports, file.Text);
    }

    [Theory]
    [InlineData("sets", Guests)]
    [InlineData("port-forwards", Forward)]
    public async Task Put_OfWhatTheGatewayDoesNotTakeOver_PutsTheFileBack(string table, string body)
    {
        using var file = new OperatorFile("# mine\n" + Ports);
        await using ApiRig rig = await ApiRig.Start(store: file.Store);
        using HttpClient client = rig.Client(ApiRole.Admin);
        file.Refusal = "udp port 5060: a subscriber uses it";

        using HttpResponseMessage put = await Send(client, table, body, await TagOf(client, table));

        Assert.Equal(HttpStatusCode.UnprocessableEntity, put.StatusCode);
        Assert.Contains("a subscriber uses it", await put.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("# mine\n" + Ports, file.Text);
    }

    [Fact]
    public async Task Put_OfManyWithTheSameTag_OneWinsAndTheFileIsWhole()
    {
        using var file = new OperatorFile(Ports);
        await using ApiRig rig = await ApiRig.Start(store: file.Store);
        using HttpClient client = rig.Client(ApiRole.Admin);
        string tag = await TagOf(client, "sets");

        HttpResponseMessage[] answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(index =>
            Send(client, "sets", $$"""{"sets":[{"name":"set{{index}}","entries":["10.{{index}}.0.0/16"],"file":"","isKernel":false}]}""", tag)));

        Assert.Single(answers, static answer => answer.StatusCode == HttpStatusCode.OK);
        Assert.Equal(7, answers.Count(static answer => answer.StatusCode == HttpStatusCode.PreconditionFailed));
        Assert.Single(SettingsLoader.Load(file.Path).Settings!.Policy.Sets);
    }

    [Fact]
    public async Task Validate_SeesWhatTheFileIncludes()
    {
        using var file = new OperatorFile(Ports);
        file.Write("other.conf", "natflow.ports.lan = [ lan7 ]\n");
        await using ApiRig rig = await ApiRig.Start(store: file.Store);
        using HttpClient client = rig.Client(ApiRole.Admin);

        string valid = await Validate(client, "include \"other.conf\"\nnatflow.ports.wan = [ wan0 ]\n");
        file.Write("other.conf", "natflow.ports.lan = 7\n");
        string invalid = await Validate(client, "include \"other.conf\"\nnatflow.ports.wan = [ wan0 ]\n");

        Assert.Contains("\"isValid\":true", valid, StringComparison.Ordinal);
        Assert.Contains("other.conf:1", invalid, StringComparison.Ordinal);
        Assert.Equal(Ports, file.Text);
    }

    private static async Task<string> Validate(HttpClient client, string text)
    {
        using HttpResponseMessage answer = await client.PostAsync("/api/v1/configuration/validate", new StringContent(text, Encoding.UTF8, "application/hocon"));
        return await answer.Content.ReadAsStringAsync();
    }

    private static string[] Others(NatflowSettings settings) => [.. settings.Values
        .Where(static value => !value.Key.StartsWith("natflow.sets", StringComparison.Ordinal) && !value.Key.StartsWith("natflow.nat.port-forwards", StringComparison.Ordinal))
        .Select(static value => $"{value.Key} = {value.Value.Text}")];

    private static string Own(string text) => string.Concat(text.Split('\n').Where(static line => !line.EndsWith("# written by the API", StringComparison.Ordinal)).Select(static line => line + "\n"));

    private static async Task Put(HttpClient client, string table, string body)
    {
        using HttpResponseMessage put = await Send(client, table, body, await TagOf(client, table));
        Assert.True(put.IsSuccessStatusCode, await put.Content.ReadAsStringAsync());
    }

    private static async Task<string> TagOf(HttpClient client, string table)
    {
        using HttpResponseMessage read = await client.GetAsync($"/api/v1/{table}");
        return read.Headers.ETag!.Tag;
    }

    private static async Task<HttpResponseMessage> Send(HttpClient client, string table, string body, string tag)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/api/v1/{table}") { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        request.Headers.IfMatch.Add(new EntityTagHeaderValue(tag));
        return await client.SendAsync(request);
    }
}
