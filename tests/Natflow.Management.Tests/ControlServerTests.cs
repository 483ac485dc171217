using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Natflow.Management.Control;

namespace Natflow.Management.Tests;

/// <summary>The control socket from a client's side: routes, refusals, limits.</summary>
public sealed class ControlServerTests
{
    [Fact]
    public async Task Status_IsWhatTheTargetSays()
    {
        await using ControlRig rig = await ControlRig.Start();

        GatewayStatus? status = await rig.Http.GetFromJsonAsync("/v1/status", ControlJson.Default.GatewayStatus);

        Assert.Equal(("1.2.3", 42, "running"), (status!.Version, status.ProcessId, status.State));
    }

    [Fact]
    public async Task Counters_HaveTheFlowsOfThePlane()
    {
        await using ControlRig rig = await Filled(rig => rig.Http.GetStringAsync("/v1/flows?limit=10000"), flowCount: 3);

        string counters = await rig.Http.GetStringAsync("/v1/counters");

        Assert.Contains("\"flowsOpened\":3", counters, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/flows", 5)]
    [InlineData("/v1/flows?port=5001", 1)]
    [InlineData("/v1/flows?protocol=tcp", 0)]
    [InlineData("/v1/flows?address=10.0.0.11", 0)]
    [InlineData("/v1/flows?limit=2", 2)]
    public async Task Flows_Filters_NarrowTheRows(string resource, int expected)
    {
        await using ControlRig rig = await Filled(rig => rig.Http.GetStringAsync("/v1/flows"), flowCount: 5);

        FlowsModel? flows = await rig.Http.GetFromJsonAsync(resource, ControlJson.Default.FlowsModel);

        Assert.Equal(expected, flows!.Flows.Count);
    }

    [Fact]
    public async Task Mappings_OneForEachInsideEndpoint()
    {
        await using ControlRig rig = await Filled(rig => rig.Http.GetStringAsync("/v1/flows"), flowCount: 4);

        MappingsModel? mappings = await rig.Http.GetFromJsonAsync("/v1/mappings", ControlJson.Default.MappingsModel);

        Assert.Equal(4, mappings!.Mappings.Count);
    }

    [Theory]
    [InlineData("/v1/flows?address=10.0.0", "address")]
    [InlineData("/v1/flows?address=::1::", "address")]
    [InlineData("/v1/flows?port=65536", "port")]
    [InlineData("/v1/flows?port=-1", "port")]
    [InlineData("/v1/flows?protocol=quux", "protocol")]
    [InlineData("/v1/flows?protocol=256", "protocol")]
    [InlineData("/v1/flows?limit=0", "limit")]
    [InlineData("/v1/mappings?limit=10001", "limit")]
    [InlineData("/v1/mappings?address=a.b.c.d", "address")]
    [InlineData("/v1/trace?port=x", "port")]
    public async Task AnyRoute_BadParameter_IsAProblemThatNamesIt(string resource, string parameter)
    {
        await using ControlRig rig = await ControlRig.Start();

        using HttpResponseMessage response = await rig.Http.GetAsync(resource);

        await AssertProblem(response, HttpStatusCode.BadRequest, "Bad Request", parameter);
    }

    [Theory]
    [InlineData("GET", "/", HttpStatusCode.NotFound)]
    [InlineData("GET", "/v1/nothing", HttpStatusCode.NotFound)]
    [InlineData("GET", "/v2/status", HttpStatusCode.NotFound)]
    [InlineData("GET", "/v1/reload", HttpStatusCode.MethodNotAllowed)]
    [InlineData("DELETE", "/v1/flows", HttpStatusCode.MethodNotAllowed)]
    public async Task UnknownRouteOrMethod_IsRefused(string method, string resource, HttpStatusCode expected)
    {
        await using ControlRig rig = await ControlRig.Start();

        using var request = new HttpRequestMessage(new HttpMethod(method), resource);
        using HttpResponseMessage response = await rig.Http.SendAsync(request);

        string title = expected == HttpStatusCode.NotFound ? "Not Found" : "Method Not Allowed";
        await AssertProblem(response, expected, title, $"{method} {resource}");
    }

    [Theory]
    [InlineData(64 * 1024, false)]
    [InlineData((64 * 1024) + 1, false)]
    [InlineData(60 * 1024, true)] // Chunk headers count too.
    [InlineData((64 * 1024) + 1, true)]
    public async Task Body_BeyondTheLimit_IsRefusedAndNothingIsDone(int lengthBytes, bool isChunked)
    {
        await using ControlRig rig = await ControlRig.Start();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/reload") { Content = new ByteArrayContent(new byte[lengthBytes]) };
        request.Headers.TransferEncodingChunked = isChunked;

        using HttpResponseMessage response = await rig.Http.SendAsync(request);

        bool isTooLong = lengthBytes > 64 * 1024;
        Assert.Equal(isTooLong ? 0 : 1, rig.ReloadCount);
        if (isTooLong)
            await AssertProblem(response, HttpStatusCode.RequestEntityTooLarge, "Payload Too Large", "Request body too large");
        else
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Fact]
    public async Task Reload_SaysWhatIsInForceAndWhatWaits()
    {
        await using ControlRig rig = await ControlRig.Start();
        rig.Reload = new ReloadResult(IsValid: true, ["natflow.nat.timeouts.udp"], ["natflow.nat.ports"], []);

        using HttpResponseMessage response = await rig.Http.PostAsync("/v1/reload", content: null);

        ReloadResult? result = await response.Content.ReadFromJsonAsync(ControlJson.Default.ReloadResult);
        Assert.True(result!.IsValid);
        Assert.Equal((rig.Reload.Applied[0], rig.Reload.NeedRestart[0]), (result.Applied[0], result.NeedRestart[0]));
    }

    [Fact]
    public async Task Socket_IsItsOwnersAndGroups()
    {
        await using ControlRig rig = await ControlRig.Start();

        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, File.GetUnixFileMode(rig.SocketPath));
    }

    // RFC 9457 section 3.1, by the names on the wire: independent of the record that the server writes.
    private static async Task AssertProblem(HttpResponseMessage response, HttpStatusCode status, string title, string detail)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        using var body = JsonDocument.Parse(await response.Content.ReadAsStringAsync());
        Assert.Equal(["detail", "status", "title", "type"], body.RootElement.EnumerateObject().Select(static member => member.Name).Order(StringComparer.Ordinal));
        Assert.Equal("about:blank", body.RootElement.GetProperty("type").GetString());
        Assert.Equal(title, body.RootElement.GetProperty("title").GetString());
        Assert.Equal((int)status, body.RootElement.GetProperty("status").GetInt32());
        Assert.StartsWith(detail, body.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    // The frames were there before the workers started; the flows come when these did.
    private static async Task<ControlRig> Filled(Func<ControlRig, Task<string>> ask, int flowCount)
    {
        ControlRig rig = await ControlRig.Start(flowCount);
        for (int i = 0; i < 1000; i++)
        {
            string rows = await ask(rig);
            if (rows.Split("\"inside\"").Length > flowCount)
                break;
        }

        return rig;
    }
}
