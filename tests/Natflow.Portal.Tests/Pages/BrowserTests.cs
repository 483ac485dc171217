using Microsoft.Playwright;
using Natflow.Policy.Auth;
using static Microsoft.Playwright.Assertions;

namespace Natflow.Portal.Tests.Pages;

/// <summary>The page in a browser without scripts: both themes, desk and phone, both languages, by keyboard, for a screen reader.</summary>
public sealed class BrowserTests
{
    // Where screenshots go for people to look at; nowhere if it is not set.
    private static readonly string? Screenshots = Environment.GetEnvironmentVariable("NATFLOW_SCREENSHOTS");

    [BrowserFact]
    public async Task EveryPage_InBothThemesAndOnAPhone_HasNoViolations()
    {
        await using PortalRig rig = await PortalRig.Start(static settings => settings with { Title = "Café am Markt", Terms = "Please use the network fairly.\nWe keep what the law wants to be kept, and nothing else." });
        rig.Subscribers.Add("127.0.0.1");
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await Launch(playwright);
        foreach ((int width, int height, ColorScheme scheme, string locale) in new[] { (1100, 900, ColorScheme.Light, "en-GB"), (1100, 900, ColorScheme.Dark, "de-DE"), (390, 844, ColorScheme.Light, "de-DE"), (390, 844, ColorScheme.Dark, "en-GB"), (320, 640, ColorScheme.Dark, "de-DE") })
        {
            string name = $"{width}-{scheme}";
            IPage page = await Open(browser, width, height, scheme, locale);
            await page.GotoAsync(rig.Root.ToString());
            await Expect(page.Locator("form")).ToHaveCountAsync(3);
            await Check(page, $"login-{name}");

            await page.Locator("#voucher").FillAsync("WRONG-CODE");
            await page.Locator("form", new PageLocatorOptions { Has = page.Locator("#voucher") }).Locator("button").ClickAsync();
            await Expect(page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
            await Check(page, $"wrong-{name}");

            await page.Locator("#voucher").FillAsync("good-code-0001");
            await page.Keyboard.PressAsync("Enter");
            await Expect(page.Locator("dl")).ToBeVisibleAsync();
            await Check(page, $"online-{name}");

            await page.Locator("form button").ClickAsync();
            await Expect(page.GetByRole(AriaRole.Status)).ToBeVisibleAsync();
            await page.GotoAsync($"{rig.Root}nowhere");
            await Check(page, $"nowhere-{name}");
            await page.Context.CloseAsync();
            rig.Time.Advance(TimeSpan.FromMinutes(5));
        }
    }

    [BrowserFact]
    public async Task Login_ByKeyboardAlone_LetsIn()
    {
        await using PortalRig rig = await PortalRig.Start();
        rig.Subscribers.Add("127.0.0.1");
        using IPlaywright playwright = await Playwright.CreateAsync();
        await using IBrowser browser = await Launch(playwright);
        IPage page = await Open(browser, 390, 844, ColorScheme.Light, "en-GB");
        await page.GotoAsync(rig.Root.ToString());
        for (int tab = 0; tab < 4; tab++) // Free access, voucher, its button, name.
            await page.Keyboard.PressAsync("Tab");
        await Expect(page.GetByLabel("User name")).ToBeFocusedAsync();
        Assert.Equal("3px", await page.EvaluateAsync<string>("getComputedStyle(document.activeElement).outlineWidth"));
        await page.Keyboard.TypeAsync(PortalRig.Alice);
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync(PortalRig.Password);
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("h1")).ToHaveTextAsync("You are online");
        await Expect(page.Locator("dl")).ToContainTextAsync(PortalRig.Alice);
        Assert.Equal(AuthStatus.Ok, rig.Subscribers["127.0.0.1"].Auth.Status);
    }

    private static Task<IBrowser> Launch(IPlaywright playwright) => playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
    {
        ExecutablePath = BrowserFactAttribute.ExecutablePath,
        Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
    });

    private static async Task<IPage> Open(IBrowser browser, int width, int height, ColorScheme scheme, string locale)
    {
        IBrowserContext context = await browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ColorScheme = scheme,
            Locale = locale,
        });
        return await context.NewPageAsync();
    }

    private static async Task Check(IPage page, string name)
    {
        if (Screenshots is not null)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Screenshots, $"{name}.png"), FullPage = true });
        Assert.False(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth > document.documentElement.clientWidth"), $"{name} is too wide");
        // Evaluated, for the content policy lets no script in.
        await page.EvaluateAsync(await File.ReadAllTextAsync(BrowserFactAttribute.AxePath));
        string[] violations = await page.EvaluateAsync<string[]>(
            "axe.run().then(result => result.violations.flatMap(one => one.nodes.map(node => `${one.impact} ${one.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`)))");
        Assert.True(violations.Length == 0, $"{name}:\n{string.Join('\n', violations)}");
    }
}
