using Microsoft.Playwright;
using Natflow.Host.Lab;
using Natflow.Lab.Portal;
using Natflow.Lab.Topology;
using static Microsoft.Playwright.Assertions;

namespace Natflow.Lab.Page;

/// <summary>The page in a browser on the gateway's box, while programs of subscribers use the gateway: each view, clicked to as a person does.</summary>
public sealed class PageTests
{
    private const string Named = "visit.lab.test";
    private const int ExpectMilliseconds = 60_000;
    private const int LargeBytes = 4 << 20;
    private const string ScreenshotsVariable = "NATFLOW_SCREENSHOTS";

    private const string Config = """

        natflow.offload.engine = none
        natflow.inspect.enabled = on
        natflow.url-log { enabled = on, file = FOLDER/visits, format = tsv, window = 1s }
        natflow.management.http { enabled = on, loopback-role = admin }

        """;

    [LabFact("curl", "dig", HostBrowser.Program)]
    public async Task EveryView_WhileSubscribersBrowse_ShowsThemAndRulesThem()
    {
        string folder = Directory.CreateTempSubdirectory("nf-page-").FullName;
        SetDefaultExpectTimeout(ExpectMilliseconds);
        try
        {
            await using TestLab lab = await TestLab.Up(LabMode.AfPacket, Config.Replace("FOLDER", folder, StringComparison.Ordinal));
            await using HostBrowser browser = await HostBrowser.Start(lab.Gateway, LabPlan.HostX);
            IPage page = await browser.Open();
            var errors = new List<string>();
            page.PageError += (_, error) => errors.Add(error);
            await page.GotoAsync("http://127.0.0.1:8558/");
            await Expect(page.Locator(".live.on")).ToBeVisibleAsync();
            Browse(lab);

            await SeeOverview(page);
            await SeeVisits(page);
            await SeeFlows(page);
            await SeeTheRest(page);
            await BlockAndFree(lab, page);
            await WriteASet(lab, page);
            Assert.Empty(errors);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Browse(TestLab lab)
    {
        Assert.Contains(LabPlan.HostX, lab.A.Run($"dig +short +time=3 +tries=3 @{LabPlan.HostX} {LabPlan.DnsName}"), StringComparison.Ordinal);
        lab.A.Run($"curl -sS --max-time 30 -o /dev/null --resolve {Named}:80:{LabPlan.HostX} http://{Named}/bytes/{LargeBytes}");
        lab.B.Run($"curl -sSk --max-time 30 -o /dev/null --resolve {Named}:443:{LabPlan.HostX} https://{Named}/");
    }

    private static async Task SeeOverview(IPage page)
    {
        await Expect(page.Locator("a.tile[href='#/users'] .figure")).Not.ToHaveTextAsync("0");
        await Expect(page.Locator("a.tile[href='#/flows'] .figure")).Not.ToHaveTextAsync("0");
        await Expect(page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = LabPlan.HostA, Exact = true }).First).ToBeVisibleAsync();
        await Expect(page.GetByText("peak 0 bit/s")).ToHaveCountAsync(0);
        await Keep(page, "overview");
    }

    private static async Task SeeVisits(IPage page)
    {
        await Go(page, "URL log");
        await Expect(page.Locator("tbody tr", new PageLocatorOptions { HasText = $"{Named}/bytes/{LargeBytes}" }).First).ToContainTextAsync(LabPlan.HostA);
        await Expect(page.Locator("tbody tr", new PageLocatorOptions { HasText = "tls" }).First).ToContainTextAsync(LabPlan.HostB);
        await Keep(page, "urls");
    }

    private static async Task SeeFlows(IPage page)
    {
        await Go(page, "Flows");
        await page.GetByLabel("Address").FillAsync(LabPlan.HostA);
        await page.GetByLabel("Port").FillAsync("80");
        await Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await Expect(page.Locator("tbody tr")).ToContainTextAsync($"{LabPlan.HostX}:80");
        await Keep(page, "flows");
        await Go(page, "Mappings");
        await Expect(page.Locator("tbody tr").First).ToContainTextAsync("10.0.0.");
    }

    private static async Task SeeTheRest(IPage page)
    {
        foreach ((string link, string text) in new[]
        {
            ("Offload", "Nothing is offloaded"), ("Rules", "No rule yet."), ("Audit", "Who had it?"), ("Cluster", "This gateway stands alone"), ("Health", "healthy"), ("Configuration", "natflow.nat.ports"),
        })
        {
            await Go(page, link);
            await Expect(page.GetByText(text).First).ToBeVisibleAsync();
            await Expect(page.Locator(".view .problem:visible")).ToHaveCountAsync(0);
            await Keep(page, link.ToLowerInvariant());
        }
    }

    private static async Task BlockAndFree(TestLab lab, IPage page)
    {
        await Go(page, "Subscribers");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = LabPlan.HostA, Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Block", Exact = true }).ClickAsync();
        await Expect(page.Locator(".card header .badge.bad")).ToHaveTextAsync("blocked");
        Assert.NotEqual(0, lab.A.TryRun($"curl -s --max-time 3 http://{LabPlan.HostX}/").ExitCode);
        await Keep(page, "user");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Unblock" }).ClickAsync();
        await Expect(page.Locator(".card header .badge.good")).ToBeVisibleAsync();
        lab.A.Run($"curl -sS --retry 3 --max-time 10 -o /dev/null http://{LabPlan.HostX}/");
    }

    private static async Task WriteASet(TestLab lab, IPage page)
    {
        await Go(page, "Rules");
        await page.GetByRole(AriaRole.Link, new PageGetByRoleOptions { Name = "Sets" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Add set" }).ClickAsync();
        await page.Keyboard.TypeAsync("guests");
        await page.GetByLabel("Entries, one a line of set 1").FillAsync("10.1.0.0/16");
        await page.GetByRole(AriaRole.Button, new PageGetByRoleOptions { Name = "Save" }).ClickAsync();
        await Expect(page.GetByText("1 set in force")).ToBeVisibleAsync();
        Assert.Contains("\"guests\" { entries = [\"10.1.0.0/16\"]", await File.ReadAllTextAsync(lab.ConfigPath), StringComparison.Ordinal);
        Assert.Contains("guests", lab.Gateway.Run($"{string.Join(' ', TestLab.Natflow)} sets --run-dir {lab.RunDirectory}"), StringComparison.Ordinal);
    }

    private static async Task Go(IPage page, string view)
    {
        await page.Locator("nav").GetByRole(AriaRole.Link, new LocatorGetByRoleOptions { Name = view, Exact = true }).ClickAsync();
        await Expect(page.Locator("h1")).ToHaveTextAsync(view);
    }

    // For whoever looks at the page as it is with traffic.
    private static async Task Keep(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable(ScreenshotsVariable) is { Length: > 0 } directory)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(directory, $"lab-{name}.png"), FullPage = true });
    }
}
