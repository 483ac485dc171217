using System.Net;
using System.Net.Http.Json;
using Natflow.Management.Api;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Models;

namespace Natflow.Management.Tests.Api;

/// <summary>Questions to the journal by the API: answered to auditors, each on record.</summary>
public sealed class AuditTests
{
    [Theory]
    [InlineData("who?address=203.0.113.7&port=40123&at=2026-11-22T10:00:03Z", "audit.who")]
    [InlineData("user?address=10.0.0.10&from=2026-11-22&limit=5", "audit.user")]
    [InlineData("state?search=10.0&limit=5", "audit.state")]
    public async Task Question_OfAnAuditor_IsAnsweredAndOnRecord(string question, string action)
    {
        await using ApiRig rig = await ApiRig.Start();
        using HttpClient client = rig.Client(ApiRole.Auditor);

        string answer = await client.GetStringAsync($"/api/v1/audit/{question}");

        Assert.Contains(action == "audit.user" ? "user-seen" : "10.0.0.10", answer, StringComparison.Ordinal);
        Assert.Contains(rig.Audit, record => record.Action == action && record is { Who: "the-Auditor", Role: "auditor" });
        AuditModel? records = await client.GetFromJsonAsync($"/api/v1/audit?search={action}", ApiJson.Default.AuditModel);
        Assert.Single(records!.Records);
    }

    [Theory]
    [InlineData("who")]
    [InlineData("who?address=203.0.113.7")]
    [InlineData("who?address=here&port=5")]
    [InlineData("who?address=203.0.113.7&port=0")]
    [InlineData("who?address=203.0.113.7&port=5&at=yesterday")]
    [InlineData("user?address=10.0.0.0/8")]
    [InlineData("state?limit=0")]
    public async Task Question_WithoutSense_IsRefused(string question)
    {
        await using ApiRig rig = await ApiRig.Start();
        using HttpClient client = rig.Client(ApiRole.Auditor);

        using HttpResponseMessage response = await client.GetAsync($"/api/v1/audit/{question}");

        Assert.Equal((HttpStatusCode.BadRequest, true), (response.StatusCode, rig.Audit.IsEmpty));
    }

    [Fact]
    public async Task Question_WhileTheJournalIsAway_SaysSo()
    {
        await using ApiRig rig = await ApiRig.Start();
        rig.Journal.IsAway = true;
        using HttpClient client = rig.Client(ApiRole.Auditor);

        using HttpResponseMessage response = await client.GetAsync("/api/v1/audit/who?address=203.0.113.7&port=5");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Contains("the store is away", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
