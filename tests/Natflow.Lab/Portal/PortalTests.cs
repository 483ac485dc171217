using Microsoft.Playwright;
using Natflow.Host.Lab;
using Natflow.Lab.Topology;
using Natflow.Portal.Logins;
using static Microsoft.Playwright.Assertions;

namespace Natflow.Lab.Portal;

/// <summary>A host that has to log in: names resolve, HTTP leads to the page, the page lets it in, a kick ends it. The system's own browser and clients.</summary>
public sealed class PortalTests : IDisposable
{
    private const string Site = $"http://{LabPlan.DnsName}/";
    private const int Port = 8880;

    private readonly string _directory = Directory.CreateTempSubdirectory("natflow-lab-portal-").FullName;

    [LabTheory("curl", "dig", HostBrowser.Program)]
    [InlineData(LabMode.AfXdp, "xdp")]
    [LongInlineData(LabMode.AfPacket, "none")]
    public async Task Guest_LogsInByThePageInABrowser_BrowsesAndIsKicked(LabMode mode, string offload)
    {
        await using TestLab lab = await TestLab.Up(mode, Config(offload));
        Assert.Contains(LabPlan.HostX, lab.A.Run($"dig +short +time=3 +tries=2 @{LabPlan.HostX} {LabPlan.DnsName}"), StringComparison.Ordinal);
        AssertRedirected(lab, LabPlan.HostX, LabPlan.GatewayInside);
        AssertRedirected(lab, $"[{LabPlan.HostX6}]", $"[{LabPlan.GatewayInside6}]");
        Assert.NotEqual(0, lab.A.TryRun($"curl -sk --max-time 5 https://{LabPlan.HostX}/").ExitCode);

        await using HostBrowser browser = await HostBrowser.Start(lab.A, LabPlan.HostX);
        IPage page = await browser.Open();
        await page.GotoAsync(Site);
        Assert.Contains($":{Port}/index.html?ip=", page.Url, StringComparison.Ordinal);
        await Expect(page.Locator("h1")).ToHaveTextAsync("Lab guests");
        await page.GetByLabel("User name").FillAsync("alice");
        await page.GetByLabel("Password").FillAsync("wrong horse");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("not right");
        AssertRedirected(lab, LabPlan.HostX, LabPlan.GatewayInside);

        await page.GetByLabel("User name").FillAsync("alice");
        await page.GetByLabel("Password").FillAsync("right horse");
        await page.Keyboard.PressAsync("Enter");
        await Expect(page.Locator("h1")).ToHaveTextAsync("You are online");
        await Expect(page.Locator("dl")).ToContainTextAsync("alice");
        await page.GotoAsync(Site);
        await Expect(page.Locator("body")).ToContainTextAsync("hello ");
        Assert.Contains(LabPlan.Public1[..^1], lab.A.Run($"curl -s --max-time 5 http://{LabPlan.HostX}/"), StringComparison.Ordinal);
        Assert.Contains(LabPlan.HostA6, lab.A.Run($"curl -s --max-time 5 http://[{LabPlan.HostX6}]/"), StringComparison.Ordinal);
        AssertRedirected(lab.B, LabPlan.HostX, LabPlan.GatewayInside);

        using TcpPair running = TcpPair.Connect(lab, 7070);
        running.AssertAlive();
        lab.Gateway.Run($"{string.Join(' ', TestLab.Natflow)} user {LabPlan.HostA} kick --run-dir {lab.RunDirectory}");
        AssertRedirected(lab, LabPlan.HostX, LabPlan.GatewayInside);
        AssertRedirected(lab, $"[{LabPlan.HostX6}]", $"[{LabPlan.GatewayInside6}]");
        running.Inside.Send("any more?"u8);
        Assert.NotEqual(0, lab.A.TryRun($"curl -sk --max-time 3 https://{LabPlan.HostX}/").ExitCode);
        Assert.Equal(0, running.Outside.Available);
        await page.GotoAsync(Site);
        await Expect(page.Locator("h1")).ToHaveTextAsync("Lab guests");
    }

    /// <inheritdoc />
    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private string Config(string offload)
    {
        Assert.Null(CredentialFiles.TryUserLine("alice", "right horse", ["time=1h"], out string line));
        string users = Path.Combine(_directory, "users");
        File.WriteAllText(users, line + "\n");
        return $$"""
            natflow.offload.engine = {{offload}}
            natflow.users.join-by-mac = on
            natflow.sets { guests { entries = [ 10.0.0.0/24, "2001:db8:1::/64" ] } }
            natflow.auth {
              enabled = on
              rules = [ { id = 1, zone = 0, type = web, sources = guests } ]
              portal { ipv4 = {{LabPlan.GatewayInside}}, ipv6 = "{{LabPlan.GatewayInside6}}" }
            }
            natflow.portal {
              enabled = on
              port = {{Port}}
              title = "Lab guests"
              methods = [ password, voucher ]
              users = "{{users}}"
            }
            """;
    }

    private static void AssertRedirected(TestLab lab, string server, string portal) => AssertRedirected(lab.A, server, portal);

    private static void AssertRedirected(LabHostShell host, string server, string portal)
    {
        string answer = host.Run($"curl -sS -o /dev/null --max-time 10 -w %{{http_code}}=%{{redirect_url}} http://{server}/");
        Assert.StartsWith($"302=http://{portal}:{Port}/index.html?ip=", answer, StringComparison.Ordinal);
    }
}
