using System.Net;
using System.Net.Http.Json;
using System.Text;
using Natflow.Management.Api;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Models;

namespace Natflow.Management.Tests.Api;

/// <summary>Subscribers where users are kept: found by what is known of them, set, kicked.</summary>
public sealed class UserTests
{
    private const string Path = "/api/v1/users/10.0.0.10";

    [Theory]
    [InlineData("sort=-speed", 1)]
    [InlineData("sort=address&prefix=10.0.0.0/24", 1)]
    [InlineData("prefix=10.0.1.0/24", 0)]
    [InlineData("status=active", 1)]
    [InlineData("status=blocked", 0)]
    [InlineData("status=required", 0)]
    [InlineData("zone=0", 1)]
    [InlineData("zone=1", 0)]
    [InlineData("search=nobody", 0)]
    public async Task Users_Filtered_AreThoseThatMatch(string query, int count)
    {
        await using ApiRig rig = await Filled();
        using HttpClient client = rig.Client(ApiRole.Viewer);

        ListModel<SubscriberModel>? list = await client.GetFromJsonAsync($"/api/v1/users?{query}", ApiJson.Default.ListModelSubscriberModel);

        Assert.Equal((count, count), (list!.Items.Count, (int)list.Total));
        if (count == 1)
            Assert.Equal(("10.0.0.10", 4u, "203.0.113.1"), (list.Items[0].Address, list.Items[0].Flows, list.Items[0].PublicAddress));
    }

    [Theory]
    [InlineData("""{"status":"vip"}""", "Vip", "user.status vip")]
    [InlineData("""{"status":"blocked"}""", "Blocked", "user.status blocked")]
    [InlineData("""{"isBlocked":true}""", "Blocked", "user.block")]
    public async Task Change_OfStatus_IsInForceAndOnRecord(string body, string status, string action)
    {
        await using ApiRig rig = await Filled();
        using HttpClient client = rig.Client(ApiRole.Operator);

        using HttpResponseMessage changed = await client.PatchAsync(Path, new StringContent(body, Encoding.UTF8, "application/json"));

        SubscriberModel? user = await changed.Content.ReadFromJsonAsync(ApiJson.Default.SubscriberModel);
        Assert.Equal((status, status == "Blocked"), (user!.User!.Status, user.IsBlocked));
        Assert.Contains(rig.Audit, record => record.Action == action && record is { Who: "the-Operator", Subject: "10.0.0.10 zone 0", Outcome: "done" });
    }

    [Theory]
    [InlineData("""{"status":"sleepy"}""")]
    [InlineData("""{"status":"vip","isBlocked":true}""")]
    [InlineData("""{"burstMs":5}""")]
    [InlineData("""{"rateUp":5000000}""")]
    [InlineData("""{"rateUp":1,"rateDown":1}""")]
    [InlineData("""{"rateUp":1000000,"rateDown":1000000,"burstMs":-2147483648}""")]
    [InlineData("{}")]
    public async Task Change_ToNonsense_IsRefused(string body)
    {
        await using ApiRig rig = await Filled();
        using HttpClient client = rig.Client(ApiRole.Operator);

        using HttpResponseMessage changed = await client.PatchAsync(Path, new StringContent(body, Encoding.UTF8, "application/json"));

        Assert.Equal((HttpStatusCode.BadRequest, true), (changed.StatusCode, rig.Audit.IsEmpty));
    }

    [Fact]
    public async Task Kick_EndsFlowsAndIsOnRecord()
    {
        await using ApiRig rig = await Filled();
        using HttpClient client = rig.Client(ApiRole.Operator);

        using HttpResponseMessage kicked = await client.PostAsync($"{Path}/kick", content: null);
        using HttpResponseMessage nobody = await client.PostAsync("/api/v1/users/10.0.0.99/kick", content: null);
        using HttpResponseMessage otherZone = await client.PostAsync($"{Path}/kick?zone=5", content: null);
        using HttpResponseMessage all = await client.PostAsync("/api/v1/users/kick", content: null);

        Assert.Equal(
            (HttpStatusCode.OK, HttpStatusCode.NotFound, HttpStatusCode.NotFound, HttpStatusCode.Forbidden),
            (kicked.StatusCode, nobody.StatusCode, otherZone.StatusCode, all.StatusCode));
        Assert.Contains(rig.Audit, static record => record is { Action: "user.kick", Who: "the-Operator", Outcome: "done" });
        uint flows = 4;
        for (int i = 0; i < 10_000 && flows > 0; i++)
            flows = (await client.GetFromJsonAsync(Path, ApiJson.Default.SubscriberModel))!.Flows;
        Assert.Equal(0u, flows);
    }

    [Fact]
    public async Task KickAll_ByAnAdmin_CountsThem()
    {
        await using ApiRig rig = await Filled();
        using HttpClient client = rig.Client(ApiRole.Admin);

        using HttpResponseMessage all = await client.PostAsync("/api/v1/users/kick", content: null);

        Assert.Equal(1, (await all.Content.ReadFromJsonAsync(ApiJson.Default.KickModel))!.Users);
    }

    private static async Task<ApiRig> Filled()
    {
        ApiRig rig = await ApiRig.Start(flowCount: 4);
        await rig.WaitForFlows(4);
        return rig;
    }
}
