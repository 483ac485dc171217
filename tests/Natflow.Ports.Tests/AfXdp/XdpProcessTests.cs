using System.Diagnostics;
using Natflow.Bpf;
using Natflow.Ports.AfXdp;
using Natflow.Testing.Namespaces;

namespace Natflow.Ports.Tests.AfXdp;

/// <summary>What holds between processes: death, permission.</summary>
public sealed class XdpProcessTests
{
    private static readonly string[] Holder = ["dotnet", typeof(XdpHolder).Assembly.Location, "hold-xdp", "lan"];

    [NamespaceFact]
    public void Kill_OfTheProcess_LeavesTheInterfaceToTheKernelAndToARestart()
    {
        using var rig = new XdpRig();
        Process holder = Start(rig, Holder);
        Assert.Equal(XdpHolder.Ready, holder.StandardOutput.ReadLine());
        Assert.Contains(" xdp ", rig.Gateway.Run("ip link show lan"), StringComparison.Ordinal);
        Assert.Throws<BpfException>(() => rig.Gateway.Invoke(() => rig.Program.Attach("lan")));

        holder.Kill();
        holder.WaitForExit();

        Assert.True(Patience.Until(() => !rig.Gateway.Run("ip link show lan").Contains(" xdp ", StringComparison.Ordinal)));
        using AfXdpPort port = rig.Open("lan");
        Assert.Equal(1, port.QueueCount);
    }

    [NamespaceTheory]
    [InlineData("-bpf,-sys_admin", "CAP_BPF")]
    [InlineData("-net_admin,-sys_admin", "CAP_NET_ADMIN")]
    [InlineData("-net_raw", "CAP_NET_RAW")]
    public void Open_WithoutCapability_NamesIt(string dropped, string capability)
    {
        using var rig = new XdpRig();
        Process holder = Start(rig, ["setpriv", $"--bounding-set={dropped}", $"--inh-caps={dropped}", .. Holder]);
        string said = holder.StandardOutput.ReadToEnd();
        holder.WaitForExit();
        Assert.Equal(1, holder.ExitCode);
        Assert.Contains(capability, said, StringComparison.Ordinal);
    }

    // Its input is this process's: a pipe that stays open until the holder is gone.
    private static Process Start(XdpRig rig, string[] command)
    {
        var start = new ProcessStartInfo("ip", ["netns", "exec", rig.Gateway.Name, .. command])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return rig.Keep(Process.Start(start)!);
    }
}
