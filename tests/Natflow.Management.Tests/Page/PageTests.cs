using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using Natflow.Gateway.Users;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Routes;
using Natflow.Management.Tests.Api;
using Xunit.Abstractions;
using static Microsoft.Playwright.Assertions;
using static Natflow.Management.Tests.Page.PageRig;

namespace Natflow.Management.Tests.Page;

/// <summary>The page in a browser: every view, every size, by mouse, by keyboard, and for a screen reader.</summary>
public sealed partial class PageTests(ITestOutputHelper output)
{
    private const int FirstLoadBytesMax = 300 * 1024;

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

    private static ILocator Button(IPage page, string name) => page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = name, Exact = true });

    [GeneratedRegex("^Inside", RegexOptions.None, 1000)]
    private static partial Regex InsideHeading();
}
