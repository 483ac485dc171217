using Microsoft.Playwright;
using Natflow.Management.Api.Access;
using Natflow.Management.Tests.Api;
using static Microsoft.Playwright.Assertions;
using static Natflow.Management.Tests.Page.PageRig;

namespace Natflow.Management.Tests.Page;

/// <summary>The cluster's map, and tables of rules where there is little room.</summary>
public sealed class ClusterViewTests
{
    [BrowserTheory]
    [InlineData(1360, 900)]
    [InlineData(390, 844)]
    public async Task Cluster_InDangerAndSafe_ShowsNodesShardsAndWhatItMeans(int width, int height)
    {
        var cluster = new FakeCluster();
        await using ApiRig rig = await ApiRig.Start(loopbackRole: ApiRole.Viewer, cluster: cluster);
        await using Browser browser = await Browser.Start();
        IPage page = await browser.Open(width, height);
        await page.GotoAsync($"{rig.Root}#/cluster");

        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("1 shard has no owner");
        await Expect(page.Locator(".card.member")).ToHaveCountAsync(3);
        await Expect(page.Locator(".member .badge.bad")).ToHaveTextAsync("unreachable");
        await Expect(page.Locator(".shard")).ToHaveCountAsync(24);
        await Expect(page.Locator(".shard.orphan")).ToContainTextAsync("5");
        await page.GetByText("As a table").ClickAsync();
        await Expect(page.Locator("tbody tr").Nth(5)).ToContainTextAsync("nobody");
        await AssertAccessible(page, "cluster in danger");
        await Keep(page, $"cluster-danger-{width}");
        cluster.IsSafe = true;

        await Expect(page.GetByText("any one node can be lost")).ToBeVisibleAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToHaveCountAsync(0);
        await Expect(page.Locator("tbody tr").Nth(5)).ToContainTextAsync("gw-koeln"); // The table that was opened stays open.
        Assert.False(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > document.documentElement.clientWidth"));
        await AssertAccessible(page, "cluster, safe");
        await Keep(page, $"cluster-safe-{width}");
    }

    [BrowserFact]
    public async Task Cluster_OfAGatewayAlone_SaysSoAndWhatToDo()
    {
        await using ApiRig rig = await ApiRig.Start(loopbackRole: ApiRole.Admin);
        await using Browser browser = await Browser.Start();
        IPage page = await browser.Open();
        await page.GotoAsync($"{rig.Root}#/cluster");

        await Expect(page.GetByText("This gateway stands alone")).ToBeVisibleAsync();
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Open the configuration" }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync("Configuration");
    }

    [BrowserFact]
    public async Task Rules_OnAPhone_NeedNoSidewaysScrolling()
    {
        await using ApiRig rig = await Filled();
        await FillRules(rig);
        await using Browser browser = await Browser.Start();
        IPage page = await browser.Open(390, 844);
        foreach (string table in new[] { "qos", "auth", "zones", "sets", "forwards" })
        {
            await page.GotoAsync($"{rig.Root}#/rules/{table}");
            await Expect(page.Locator("table.edit tbody tr").First).ToBeVisibleAsync();
            Assert.False(await page.EvaluateAsync<bool>("[...document.querySelectorAll('table.edit input, table.edit select, table.edit button, table.edit textarea')].some(one => one.getBoundingClientRect().right > innerWidth)"), table);
        }
    }
}
