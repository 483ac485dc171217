using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Natflow.Core;
using Natflow.Host.Lab;
using Natflow.Lab.Offload;
using Natflow.Lab.Topology;
using Natflow.Management.Control;

namespace Natflow.Lab.Policy;

/// <summary>A set that changes, wherever it comes from, changes the verdict on traffic that runs.</summary>
public sealed class SetTests : IDisposable
{
    private const int ExitUsage = 2;
    private readonly string _file = Path.Combine(Path.GetTempPath(), string.Create(CultureInfo.InvariantCulture, $"nf-{Environment.ProcessId}-open.set"));

    [LabTheory("ipset", "nft", "ethtool")]
    [InlineData("file")]
    [InlineData("ipset")]
    [InlineData("nft")]
    [InlineData("written")]
    public async Task Set_ThatChanges_ChangesTheVerdictOnLiveTraffic(string source)
    {
        await File.WriteAllTextAsync(_file, "# nobody\n");
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp, Config(source));
        OffloadLab.Prepare(lab);
        Prepare(lab, source);
        // Who must log in reaches what the set holds, and nothing else.
        PolicyLab.Write(lab, "natflow_user_ctl", "dst_bypasslist_name=open", "update_magic");
        using Socket inside = OffloadLab.Bind(lab.A, LabPlan.HostA);
        using Socket outside = OffloadLab.Bind(lab.X, LabPlan.HostX);
        await Until.Holds("nothing passes", () => !Passes(inside, outside));

        await Change(lab, source, isIn: true);
        await Until.Holds("the set lets it pass", () => Passes(inside, outside));
        SetsModel sets = await lab.Ask("/v1/sets", ControlJson.Default.SetsModel);
        LoadedSetModel open = sets.Sets.Single(static set => set.Name == "open");
        Assert.Equal(1, open.Ranges);
        Assert.Equal([source switch { "file" => _file, "written" => "written", _ => "kernel" }], open.Sources);

        await Change(lab, source, isIn: false);
        await Until.Holds("the set stops it", () => !Passes(inside, outside));
        Assert.NotEqual(0ul, PolicyLab.Drops(lab, DropReason.LoginRequired));
    }

    [LabFact]
    public async Task WrittenSet_WithAMistake_IsRefusedWithItsLine_AndOneThatHolds_IsThereAfterARestart()
    {
        await using TestLab lab = await TestLab.Up(LabMode.AfXdp);
        await File.WriteAllTextAsync(_file, "10.0.0.0/24\nnonsense\n");
        var refused = lab.Gateway.TryRun($"{string.Join(' ', TestLab.Natflow)} sets put open {_file} --run-dir {lab.RunDirectory}");
        Assert.Equal(ExitUsage, refused.ExitCode);
        Assert.Contains("the text:2:", refused.Error, StringComparison.Ordinal);
        Assert.Empty((await lab.Ask("/v1/sets", ControlJson.Default.SetsModel)).Sets);

        await File.WriteAllTextAsync(_file, "10.0.0.0/24\n2001:db8::/32\n02:00:00:00:00:01\n");
        PolicyLab.Natflow(lab, $"sets put open {_file}");
        lab.Gateway.Run(string.Create(CultureInfo.InvariantCulture, $"kill -9 {lab.GatewayProcessId}"));
        await Until.Holds("the gateway is gone", () => lab.GatewayProcessId is null);
        using var again = await lab.StartGateway();
        LoadedSetModel open = Assert.Single((await lab.Ask("/v1/sets", ControlJson.Default.SetsModel)).Sets);
        Assert.Equal(("open", 2, 1), (open.Name, open.Ranges, open.Macs));
        PolicyLab.Natflow(lab, "sets remove open");
        Assert.Empty((await lab.Ask("/v1/sets", ControlJson.Default.SetsModel)).Sets);
    }

    /// <inheritdoc />
    public void Dispose() => File.Delete(_file);

    private string Config(string source) => $$"""
        natflow.offload.engine = xdp
        natflow.sets { everyone { entries = [ 0.0.0.0/0 ] }{{(source == "file" ? $", open {{ file = \"{_file}\" }}" : "")}} }
        natflow.auth { enabled = on, rules = [ { id = 1, zone = 0, type = web, sources = everyone } ] }
        """;

    private static void Prepare(TestLab lab, string source)
    {
        if (source == "ipset")
            lab.Gateway.Run("ipset create open hash:net");
        if (source != "nft")
            return;
        lab.Gateway.Run("nft add table ip rules");
        lab.Gateway.Run("nft add set ip rules open { type ipv4_addr ; flags interval ; }");
    }

    private async Task Change(TestLab lab, string source, bool isIn)
    {
        const string member = $"{LabPlan.HostX}/32";
        if (source is "file" or "written")
            await File.WriteAllTextAsync(_file, isIn ? $"{member} # open to all\n" : "# nobody\n");
        if (source == "written")
            PolicyLab.Natflow(lab, $"sets put open {_file}");
        else if (source == "ipset")
            lab.Gateway.Run($"ipset {(isIn ? "add" : "del")} open {member}");
        else if (source == "nft")
            lab.Gateway.Run($"nft {(isIn ? "add" : "delete")} element ip rules open {{ {LabPlan.HostX} }}");
    }

    private static bool Passes(Socket inside, Socket outside)
    {
        byte[] packet = new byte[64];
        while (outside.Poll(TimeSpan.Zero, SelectMode.SelectRead))
            _ = outside.Receive(packet);
        inside.SendTo(packet, new IPEndPoint(IPAddress.Parse(LabPlan.HostX), OffloadLab.Port));
        return outside.Poll(TimeSpan.FromMilliseconds(100), SelectMode.SelectRead);
    }
}
