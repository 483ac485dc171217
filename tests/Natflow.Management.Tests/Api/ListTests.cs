using System.Net;
using System.Net.Http.Json;
using System.Text;
using Natflow.Management.Api;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;

namespace Natflow.Management.Tests.Api;

/// <summary>Lists, subscribers, configuration, streams and metrics from a client's side.</summary>
public sealed class ListTests
{
    [Fact]
    public async Task Flows_SortAndPage_ShowEachRowOnceInOrder()
    {
        await using ApiRig rig = await Filled(20);
        using HttpClient client = rig.Client(ApiRole.Viewer);
        var inside = new List<string>();
        for (int offset = 0; offset < 20; offset += 7)
        {
            ListModel<FlowModel>? page = await client.GetFromJsonAsync($"/api/v1/flows?sort=inside&limit=7&offset={offset}", ApiJson.Default.ListModelFlowModel);
            Assert.Equal(20, page!.Total);
            inside.AddRange(page.Items.Select(static flow => flow.Inside));
        }

        Assert.Equal(Enumerable.Range(5000, 20).Select(static port => $"10.0.0.10:{port}"), inside);
    }

    [Fact]
    public async Task Flows_Sums_AreOfAllThatMatch()
    {
        await using ApiRig rig = await Filled(20);
        using HttpClient client = rig.Client(ApiRole.Viewer);

        ListModel<FlowModel>? all = await client.GetFromJsonAsync("/api/v1/flows?limit=1", ApiJson.Default.ListModelFlowModel);
        ListModel<FlowModel>? one = await client.GetFromJsonAsync("/api/v1/flows?port=5003", ApiJson.Default.ListModelFlowModel);

        Assert.Equal((20L, 20ul, 1), (all!.Sums.Count, all.Sums.PacketsOut, all.Items.Count));
        Assert.Equal((1L, one!.Items[0].BytesOut), (one.Sums.Count, one.Sums.BytesOut));
        Assert.Equal(20 * one.Sums.BytesOut, all.Sums.BytesOut);
    }

    [Fact]
    public async Task PortBlocks_AreThoseOfTheSubscriber()
    {
        await using ApiRig rig = await Filled(3);
        using HttpClient client = rig.Client(ApiRole.Viewer);

        ListModel<PortBlockModel>? blocks = await client.GetFromJsonAsync("/api/v1/port-blocks?address=10.0.0.10", ApiJson.Default.ListModelPortBlockModel);
        ListModel<PortBlockModel>? none = await client.GetFromJsonAsync("/api/v1/port-blocks?address=10.0.0.11", ApiJson.Default.ListModelPortBlockModel);

        PortBlockModel block = Assert.Single(blocks!.Items);
        Assert.Equal(("10.0.0.10", 3, 3ul), (block.User, block.PortsTaken, blocks.Sums.Flows));
        Assert.Equal(128, block.LastPort - block.FirstPort + 1);
        Assert.Empty(none!.Items);
    }

    [Theory]
    [InlineData("/api/v1/flows?sort=colour", "sort")]
    [InlineData("/api/v1/flows?limit=1001", "limit")]
    [InlineData("/api/v1/flows?offset=9999&limit=2", "offset")]
    [InlineData("/api/v1/flows?adress=10.0.0.1", "adress")]
    [InlineData("/api/v1/flows?port=1&port=2", "port")]
    [InlineData("/api/v1/users?prefix=10.0.0.1/8", "prefix")]
    [InlineData("/api/v1/users?status=sleepy", "status")]
    [InlineData("/api/v1/history?seconds=0", "seconds")]
    public async Task Lists_BadParameter_IsAProblemThatNamesIt(string resource, string parameter)
    {
        await using ApiRig rig = await ApiRig.Start();
        using HttpClient client = rig.Client(ApiRole.Viewer);

        using HttpResponseMessage response = await client.GetAsync(resource);

        ControlProblem? problem = await response.Content.ReadFromJsonAsync(ApiJson.Default.ControlProblem);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.StartsWith(parameter, problem!.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task User_BlockAndLimit_AreInForceAndOnRecord()
    {
        await using ApiRig rig = await Filled(3);
        using HttpClient client = rig.Client(ApiRole.Operator);

        using HttpResponseMessage changed = await client.PatchAsync("/api/v1/users/10.0.0.10", Json("""{"isBlocked":true,"rateUp":1000000,"rateDown":20000000}"""));

        SubscriberModel? user = await client.GetFromJsonAsync("/api/v1/users/10.0.0.10", ApiJson.Default.SubscriberModel);
        Assert.Equal(HttpStatusCode.OK, changed.StatusCode);
        Assert.Equal((true, 1_000_000L, 20_000_000L), (user!.IsBlocked, user.RateUp, user.RateDown));
        Assert.Equal([("the-Operator", "user.block", "done"), ("the-Operator", "user.limit", "done")], rig.Audit.Select(static record => (record.Who, record.Action, record.Outcome)));
    }

    [Fact]
    public async Task User_ChangedSinceItWasRead_IsNotChangedAgain()
    {
        await using ApiRig rig = await Filled(3);
        using HttpClient client = rig.Client(ApiRole.Operator);
        using HttpResponseMessage read = await client.GetAsync("/api/v1/users/10.0.0.10");
        using HttpResponseMessage first = await client.PatchAsync("/api/v1/users/10.0.0.10", Json("""{"isBlocked":true}"""));
        using var stale = new HttpRequestMessage(HttpMethod.Patch, "/api/v1/users/10.0.0.10") { Content = Json("""{"isBlocked":false}""") };
        stale.Headers.IfMatch.Add(read.Headers.ETag!);

        using HttpResponseMessage second = await client.SendAsync(stale);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.PreconditionFailed), (first.StatusCode, second.StatusCode));
        SubscriberModel? user = await client.GetFromJsonAsync("/api/v1/users/10.0.0.10", ApiJson.Default.SubscriberModel);
        Assert.True(user!.IsBlocked);
    }

    [Fact]
    public async Task Configuration_ChangesByWhoHasReadIt()
    {
        await using ApiRig rig = await ApiRig.Start();
        using HttpClient client = rig.Client(ApiRole.Admin);
        using HttpResponseMessage read = await client.GetAsync("/api/v1/configuration");
        using HttpResponseMessage blind = await client.PutAsync("/api/v1/configuration", new StringContent("natflow { a = 1 }"));
        using HttpRequestMessage wrong = Put("natflow { wrong }", read.Headers.ETag!.Tag);
        using HttpResponseMessage invalid = await client.SendAsync(wrong);
        using HttpRequestMessage right = Put("natflow { b = 1 }", read.Headers.ETag.Tag);
        using HttpResponseMessage applied = await client.SendAsync(right);
        using HttpRequestMessage again = Put("natflow { c = 1 }", read.Headers.ETag.Tag);
        using HttpResponseMessage late = await client.SendAsync(again);

        Assert.Equal(
            [HttpStatusCode.PreconditionRequired, HttpStatusCode.UnprocessableEntity, HttpStatusCode.OK, HttpStatusCode.PreconditionFailed],
            [blind.StatusCode, invalid.StatusCode, applied.StatusCode, late.StatusCode]);
        Assert.Equal("natflow { b = 1 }", rig.Configuration.Text);
        Assert.Equal(4, rig.Audit.Count);
    }

    [Fact]
    public async Task Stream_ResumesAfterTheLastEvent()
    {
        await using ApiRig rig = await ApiRig.Start();
        using HttpClient client = rig.Client(ApiRole.Admin);
        for (int i = 0; i < 3; i++)
            (await client.PostAsync("/api/v1/reload", content: null)).Dispose();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/streams/audit");
        request.Headers.Add("Last-Event-ID", "1");

        using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        var ids = new List<string>();
        while (ids.Count < 2 && await reader.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
                ids.Add(line);
        }

        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(["id: 2", "id: 3"], ids);
    }

    [Fact]
    public async Task Metrics_AreOfTheFormatAndBounded()
    {
        await using ApiRig rig = await Filled(3);
        using HttpClient client = rig.Client(ApiRole.Viewer);
        string text = string.Empty;
        for (int i = 0; i < 1000 && !text.Contains("natflow_flows_opened_total 3", StringComparison.Ordinal); i++)
            text = await client.GetStringAsync("/metrics");

        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("natflow_flows_opened_total 3", lines);
        Assert.Contains("# TYPE natflow_flows gauge", lines);
        Assert.All(lines, static line => Assert.Matches("""^(# (HELP|TYPE) natflow_[a-z_]+ .+|natflow_[a-z_]+(\{[a-z]+="[^"]*"\})? -?[0-9]+)$""", line));
        Assert.DoesNotContain("10.0.0.10", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/cluster/members/akka%3A%2F%2Fother%40h%3A1")]
    [InlineData("/cluster/members/other@h:1")]
    public async Task Cluster_UnknownMember_IsNotFoundInAkkasWords(string resource)
    {
        await using ApiRig rig = await ApiRig.Start();
        using HttpClient client = rig.Client(ApiRole.Viewer);

        using HttpResponseMessage response = await client.GetAsync(resource);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("Member [", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cluster_OwnMember_IsFoundByBothSpellings()
    {
        await using ApiRig rig = await ApiRig.Start();
        using HttpClient client = rig.Client(ApiRole.Viewer);
        ClusterMembersModel? members = await client.GetFromJsonAsync("/cluster/members", ApiJson.Default.ClusterMembersModel);

        ClusterMemberModel? encoded = await client.GetFromJsonAsync($"/cluster/members/{Uri.EscapeDataString(members!.SelfNode)}", ApiJson.Default.ClusterMemberModel);
        ClusterMemberModel? plain = await client.GetFromJsonAsync($"/cluster/members/{members.SelfNode}", ApiJson.Default.ClusterMemberModel);

        Assert.Equal((members.SelfNode, members.SelfNode, "Up"), (encoded!.Node, plain!.Node, plain.Status));
    }

    private static async Task<ApiRig> Filled(int flowCount)
    {
        ApiRig rig = await ApiRig.Start(flowCount);
        await rig.WaitForFlows(flowCount);
        return rig;
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private static HttpRequestMessage Put(string text, string tag)
    {
        var request = new HttpRequestMessage(HttpMethod.Put, "/api/v1/configuration") { Content = new StringContent(text) };
        request.Headers.TryAddWithoutValidation("If-Match", tag);
        return request;
    }
}
