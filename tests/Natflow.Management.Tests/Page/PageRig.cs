using Microsoft.Playwright;
using Natflow.Gateway.Users;
using Natflow.Management.Api.Access;
using Natflow.Management.Api.Models;
using Natflow.Management.Tests.Api;

namespace Natflow.Management.Tests.Page;

/// <summary>What tests of the page share: gateways to look at, screenshots, the check for whoever cannot see them.</summary>
internal static class PageRig
{
    private const string ScreenshotsVariable = "NATFLOW_SCREENSHOTS";

    internal static async Task<ApiRig> Filled()
    {
        ApiRig rig = await ApiRig.Start(flowCount: 40, loopbackRole: ApiRole.Admin);
        await rig.WaitForFlows(40);
        return rig;
    }

    internal static async Task FillRules(ApiRig rig)
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
    internal static async Task Keep(IPage page, string name)
    {
        if (Environment.GetEnvironmentVariable(ScreenshotsVariable) is not { Length: > 0 } directory)
            return;
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(directory, $"{name}.png"), FullPage = true });
    }

    internal static async Task AssertAccessible(IPage page, string where)
    {
        // Evaluated, for the content policy lets no script in that is not the gateway's.
        await page.EvaluateAsync(await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "axe.min.js")));
        string[] violations = await page.EvaluateAsync<string[]>(
            "axe.run().then(result => result.violations.flatMap(one => one.nodes.map(node => `${one.impact} ${one.id}: ${node.html.slice(0, 160)} ${node.failureSummary}`)))");
        Assert.True(violations.Length == 0, $"{where}:\n{string.Join('\n', violations)}");
    }
}
