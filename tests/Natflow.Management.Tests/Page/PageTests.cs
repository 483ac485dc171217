using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Natflow.Gateway.Users;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Models;
using Natflow.Management.Api.Routes;
using Natflow.Management.Tests.Api;
using Xunit.Abstractions;
using static Microsoft.Playwright.Assertions;

namespace Natflow.Management.Tests.Page;

/// <summary>The page in a browser: every view, every size, by mouse, by keyboard, and for a screen reader.</summary>
public sealed partial class PageTests(ITestOutputHelper output)
{
    private const int FirstLoadBytesMax = 300 * 1024;
    private const string ScreenshotsVariable = "NATFLOW_SCREENSHOTS";

    private static readonly string[] Views =
    [
        "overview", "users", "users/10.0.0.10", "flows", "mappings", "offload", "rules", "rules/hosts", "rules/auth", "rules/zones", "rules/sets", "rules/forwards", "urls", "audit", "cluster", "health",
        "configuration",
    ];

    [BrowserFact]
    public async Task EveryView_InBothThemesAndOnAPhone_ShowsWithoutErrorsOrViolations()
    {
        await using ApiRig rig = await Filled();
        await FillRules(rig);
        await using Browser browser = await Browser.Start();
        foreach ((int width, int height, ColorScheme scheme) in new[] { (1360, 900, ColorScheme.Dark), (1360, 900, ColorScheme.Light), (390, 844, ColorScheme.Dark), (390, 844, ColorScheme.Light) })
        {
            IPage page = await browser.Open(width, height, scheme);
            var errors = new List<string>();
            page.Console += (_, message) => errors.AddRange(message.Type is "error" or "warning" ? [message.Text] : []);
            page.PageError += (_, error) => errors.Add(error);
            await page.GotoAsync(rig.Root.ToString());
            foreach (string view in Views)
            {
                await page.GotoAsync($"{rig.Root}#/{view}");
                await Expect(page.Locator($".view.{view.Split('/')[0]} > *").First).ToBeVisibleAsync();
                await Expect(page.Locator("td.empty:has-text('Looking')")).ToHaveCountAsync(0);
                await Expect(page.Locator(".view .problem:visible")).ToHaveCountAsync(0);
                Assert.False(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > document.documentElement.clientWidth"), $"{view} is wider than {width}");
                await AssertAccessible(page, $"{view} {width} {scheme}");
                await Keep(page, $"{view.Replace('/', '-')}-{width}-{scheme}");
            }

            Assert.Empty(errors);
        }
    }

    [BrowserFact]
    public async Task Overview_FollowsTheGateway()
    {
        await using ApiRig rig = await Filled();
        await using Browser browser = await Browser.Start();
        IPage page = await browser.Open();

        await page.GotoAsync(rig.Root.ToString());

        await Expect(page.Locator(".live.on")).ToBeVisibleAsync();
        await Expect(page.Locator("a.tile[href='#/flows'] .figure")).ToHaveTextAsync("40");
        await Expect(page.Locator(".chart canvas")).ToHaveCountAsync(4);
    }

    [BrowserFact]
    public async Task Users_FilterOpenAndBlock_ChangesTheSubscriber()
    {
        await using ApiRig rig = await Filled();
        await using Browser browser = await Browser.Start();
        IPage page = await browser.Open();
        await page.GotoAsync($"{rig.Root}#/users");

        await page.GetByLabel("Address or prefix").FillAsync("10.0.0.10");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "10.0.0.10" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Block", Exact = true }).ClickAsync();

        await Expect(page.Locator(".card header .badge.bad")).ToHaveTextAsync("blocked");
        Assert.Contains(rig.Audit, static record => record is { Action: "user.block", Who: "loopback", Outcome: "done" });
        await page.GetByLabel("Up, Mbit/s").FillAsync("2");
        await page.GetByLabel("Down, Mbit/s").FillAsync("20");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Set limits" }).ClickAsync();
        await Expect(page.GetByText("20.0 Mbit/s")).ToBeVisibleAsync();
    }

    [BrowserFact]
    public async Task User_Kick_EndsItsFlows()
    {
        await using ApiRig rig = await Filled();
        await using Browser browser = await Browser.Start();
        IPage page = await browser.Open();
        await page.GotoAsync($"{rig.Root}#/users/10.0.0.10");
        await Expect(page.Locator("tbody tr", new PageLocatorOptions { HasText = "198.51.100" })).ToHaveCountAsync(25);

        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Kick" }).ClickAsync();

        await Expect(page.GetByText("kicked: its session and flows are ended")).ToBeVisibleAsync();
        await Expect(page.GetByText("Nothing matches.")).ToBeVisibleAsync();
        Assert.Contains(rig.Audit, static record => record is { Action: "user.kick", Who: "loopback", Outcome: "done" });
    }

    [BrowserFact]
    public async Task Qos_AddMoveAndSave_IsInForce()
    {
        await using ApiRig rig = await Filled();
        await using Browser browser = await Browser.Start();
        IPage page = await browser.Open();
        await page.GotoAsync($"{rig.Root}#/rules/qos");

        await Button(page, "Add rule").ClickAsync();
        await page.Keyboard.TypeAsync("10.0.0.0/24"); // The first field of the new rule has the focus.
        await page.GetByLabel("Down, Mbit/s of rule 1").FillAsync("2.5");
        await Button(page, "Add rule").ClickAsync();
        await page.GetByLabel("Remote port of rule 2").FillAsync("443");
        await Button(page, "Move rule 2 up").ClickAsync();
        await Button(page, "Save").ClickAsync();
        await Expect(page.GetByText("2 rules in force")).ToBeVisibleAsync();

        PolicyModels models = (await rig.Gateway.Target.Users!.Models()).Models;
        Assert.Equal(["443", ""], models.Qos.Rules.Select(static rule => rule.RemotePort.ToString()));
        Assert.Equal(("10.0.0.0/24", 312_500u), (models.Qos.Rules[1].User.ToString(), models.Qos.Rules[1].RxBytesPerSecond));
        await page.GetByLabel("Subscriber of rule 1").FillAsync("10.0.0.300");
        await Button(page, "Save").ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("10.0.0.300");
        await AssertAccessible(page, "QoS with a problem");
    }

    [BrowserFact]
    public async Task Qos_ChangedBySomebodyElse_IsNotOverwritten()
    {
        await using ApiRig rig = await Filled();
        await using Browser browser = await Browser.Start();
        IPage page = await browser.Open();
        await page.GotoAsync($"{rig.Root}#/rules/qos");
        await Button(page, "Add rule").ClickAsync();

        await rig.Gateway.Target.Users!.Write(ControlDevice.Qos, ["add user=10.0.0.1,rxbytes=1000,txbytes=1000"], isWhole: true);
        await Button(page, "Save").ClickAsync();

        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Somebody else has changed this");
        Assert.Single((await rig.Gateway.Target.Users.Models()).Models.Qos.Rules);
    }

    [BrowserFact]
    public async Task HostRules_AddFindAndRemove_ByKeyboard()
    {
        await using ApiRig rig = await Filled();
        await using Browser browser = await Browser.Start();
        IPage page = await browser.Open();
        await page.GotoAsync($"{rig.Root}#/rules/hosts");

        await page.GetByLabel("Host", new PageGetByLabelOptions { Exact = true }).FillAsync("ads.example");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("tbody tr")).ToContainTextAsync("ads.example");
        await Expect(page.GetByLabel("Host", new PageGetByLabelOptions { Exact = true })).ToBeFocusedAsync();
        Assert.Single((await rig.Gateway.Target.Users!.Models()).Models.Acl.Entries);
        await Button(page, "Remove ads.example").FocusAsync();
        await page.Keyboard.PressAsync("Enter");

        await Expect(page.GetByText("No host rule yet.")).ToBeVisibleAsync();
        Assert.Empty((await rig.Gateway.Target.Users.Models()).Models.Acl.Entries);
    }

    [BrowserFact]
    public async Task Audit_WhoHadAPort_IsAnsweredAndTheQuestionShown()
    {
        await using ApiRig rig = await Filled();
        await using Browser browser = await Browser.Start();
        IPage page = await browser.Open();
        await page.GotoAsync($"{rig.Root}#/audit");

        await page.GetByLabel("Public address").FillAsync("203.0.113.7");
        await page.GetByLabel("Port", new PageGetByLabelOptions { Exact = true }).FillAsync("40123");
        await Button(page, "Find").ClickAsync();

        await Expect(page.Locator(".lead")).ToContainTextAsync("10.0.0.10 had 203.0.113.7:40123");
        await Expect(page.Locator("tbody tr").First).ToContainTextAsync("audit.who");
        await AssertAccessible(page, "audit with an answer");
    }

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

    [BrowserFact]
    public async Task Flows_SortByKeyboard_PutsRowsInOrder()
    {
        await using ApiRig rig = await Filled();
        await using Browser browser = await Browser.Start();
        IPage page = await browser.Open();
        await page.GotoAsync($"{rig.Root}#/overview");

        await Expect(page.Locator("h1")).ToHaveTextAsync("Overview");
        await page.Keyboard.PressAsync("3");
        await Expect(page.Locator("h1")).ToHaveTextAsync("Flows");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Inside" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");

        await Expect(page.Locator("th[aria-sort='ascending']")).ToHaveTextAsync(InsideHeading());
        await Expect(page.Locator("tbody tr").First).ToContainTextAsync("10.0.0.10:5000");
        await page.Keyboard.PressAsync("/");
        await Expect(page.GetByLabel("Address")).ToBeFocusedAsync();
    }

    [BrowserFact]
    public async Task UrlLog_FollowsVisitsAndFilters()
    {
        await using ApiRig rig = await Filled();
        await using Browser browser = await Browser.Start();
        IPage page = await browser.Open();
        rig.Api.Visits.Add("""{"time":"2026-01-02T03:04:05Z","kind":"http","src":"10.0.0.10","sport":1,"dst":"198.51.100.1","dport":80,"hits":1,"host":"before.example","uri":"/a","action":"accept"}"""u8.ToArray());
        await page.GotoAsync($"{rig.Root}#/urls");
        await Expect(page.GetByText("before.example")).ToBeVisibleAsync();

        rig.Api.Visits.Add("""{"time":"2026-01-02T03:04:06Z","kind":"tls","src":"10.0.0.11","sport":1,"dst":"198.51.100.1","dport":443,"hits":2,"host":"<b>later</b>.example","action":"drop"}"""u8.ToArray());
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(2);
        await Expect(page.Locator("tbody tr").First).ToContainTextAsync("<b>later</b>.example");
        await page.GetByLabel("Search").FillAsync("BEFORE");

        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await AssertAccessible(page, "URL log");
    }

    [BrowserFact]
    public async Task Configuration_CheckAndApply_WritesTheFile()
    {
        await using ApiRig rig = await Filled();
        await using Browser browser = await Browser.Start();
        IPage page = await browser.Open();
        await page.GotoAsync($"{rig.Root}#/configuration");
        ILocator text = page.GetByLabel("Configuration file");
        await Expect(text).ToHaveValueAsync("natflow {}");

        await text.FillAsync("wrong");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Check" }).ClickAsync();
        await Expect(page.Locator(".result .problem")).ToHaveTextAsync("file:1: wrong");
        await text.FillAsync("natflow { right = 1 }");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Write and apply" }).ClickAsync();
        await Expect(page.Locator(".result .fine")).ToContainTextAsync("In force now: natflow.nat.timeouts.udp");

        Assert.Equal("natflow { right = 1 }", rig.Configuration.Text);
    }

    [BrowserFact]
    public async Task SignIn_WithAToken_ShowsWhatTheRoleMaySee()
    {
        await using ApiRig rig = await ApiRig.Start();
        await using Browser browser = await Browser.Start();
        IPage page = await browser.Open();
        await page.GotoAsync(rig.Root.ToString());

        await page.GetByLabel("Token").FillAsync("nf_wrong");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Sign in" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("does not know that token");
        await page.GetByLabel("Token").FillAsync(rig.TokenOf(ApiRole.Viewer));
        await page.Keyboard.PressAsync("Enter");

        await Expect(page.Locator("h1")).ToHaveTextAsync("Overview");
        await Expect(page.Locator(".live.on")).ToBeVisibleAsync();
        await Expect(page.Locator("nav a.to-configuration, nav a.to-audit")).ToHaveCountAsync(0);
    }

    [BrowserFact]
    public async Task FirstLoad_IsSmallAndSoon()
    {
        await using ApiRig rig = await Filled();
        await using Browser browser = await Browser.Start();
        IPage page = await browser.Open();
        await page.GotoAsync(rig.Root.ToString());
        await Expect(page.Locator("h1")).ToHaveTextAsync("Overview");

        long loaded = await page.EvaluateAsync<long>("performance.getEntries().filter(e => e.transferSize && !e.name.includes('/api/')).reduce((sum, e) => sum + e.transferSize, 0)");

        double interactiveMs = await page.EvaluateAsync<double>("performance.getEntriesByName('natflow interactive')[0].startTime");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"first load {loaded} bytes, interactive after {interactiveMs:0} ms"));
        Assert.InRange(loaded, 1000, FirstLoadBytesMax);
        Assert.InRange(new PageFiles().CompressedBytes, 1000, FirstLoadBytesMax);
    }

    private static async Task<ApiRig> Filled()
    {
        ApiRig rig = await ApiRig.Start(flowCount: 40, loopbackRole: ApiRole.Admin);
        await rig.WaitForFlows(40);
        return rig;
    }

    private static ILocator Button(IPage page, string name) => page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });

    private static async Task FillRules(ApiRig rig)
    {
        rig.Configuration.SetsInForce = [new SetModel("guests", ["10.1.0.0/16", "fd00:1::/64"], "/etc/natflow/guests.txt", IsKernel: false)];
        rig.Configuration.ForwardsInForce = [new PortForwardModel("tcp", null, 443, "192.168.1.5", 8443, 0)];
        UserControl users = rig.Gateway.Target.Users!;
        await users.Write(ControlDevice.Qos, ["add user=10.0.0.0/24,remote_port=443,proto=tcp,rxbytes=1250000,txbytes=250000", "add user=guests,rxbytes=125000,txbytes=125000"], isWhole: true);
        await users.Write(ControlDevice.HostAcl, ["add acl=1,1,ads.example", "add acl=2,3,games.example", "add acl=3,0,good.example"], isWhole: true);
        await users.Write(ControlDevice.User, ["auth id=1,szone=0,type=web,sipgrp=guests,ipwhite=,macwhite="], isWhole: true);
        await users.Write(ControlDevice.Zone, ["lan_zone 0=lan+", "wan_zone 1=wan0"], isWhole: true);
        rig.Api.Visits.Add("""{"time":"2026-01-02T03:04:05Z","kind":"tls","src":"10.0.0.10","sport":1,"dst":"198.51.100.1","dport":443,"hits":1,"host":"www.example.com","action":"accept"}"""u8.ToArray());
    }

    // For whoever looks at the page: named by view, width and theme.
    private static async Task Keep(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable(ScreenshotsVariable) is not { Length: > 0 } directory)
            return;
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(directory, $"{name}.png"), FullPage = true });
    }

    private static async Task AssertAccessible(IPage page, string where)
    {
        // Evaluated, for the content policy lets no script in that is not the gateway's.
        await page.EvaluateAsync(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "axe.min.js")));
        string[] violations = await page.EvaluateAsync<string[]>(
            "axe.run().then(result => result.violations.flatMap(one => one.nodes.map(node => `${one.impact} ${one.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`)))");
        Assert.True(violations.Length == 0, $"{where}:\n{string.Join('\n', violations)}");
    }

    [GeneratedRegex("^Inside", RegexOptions.None, 1000)]
    private static partial Regex InsideHeading();
}
