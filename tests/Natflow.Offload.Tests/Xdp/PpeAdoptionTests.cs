using Natflow.Offload.Model;
using Natflow.Offload.Xdp;
using Natflow.Testing.Bpf;
using Natflow.Testing.Namespaces;
using static Natflow.Offload.Tests.Xdp.PpeFlows;

namespace Natflow.Offload.Tests.Xdp;

/// <summary>Tables and attachments that outlive the gateway.</summary>
public sealed class PpeAdoptionTests : IDisposable
{
    private readonly BpfFolder _bpf = new();

    [NamespaceFact]
    public void Open_Again_ForwardsMeanwhileAndFindsTheEntries()
    {
        XdpPpeSettings settings = Settings(4096);
        using var rig = new PpeRig(settings);
        FoeEntry entry = Snat(isTcp: true);
        FoeHandle handle = rig.Bind(entry);
        byte[] frame = L4(To(Client, Server), 40000, 443, true);
        _ = rig.Run(frame);
        int before = ProgramOn(rig);
        Assert.NotEqual(0, before);

        using XdpPpe second = XdpPpe.Open(settings, TimeProvider.System);
        Assert.True(second.IsAdopted);
        rig.Ppe.Dispose(); // The gateway is gone; the interface keeps its program.
        Assert.Equal(before, ProgramOn(rig));
        XdpPpePort port = rig.Gateway.Invoke(() => second.Ports.AddXdp("lan", 0, PpeRig.LanZone));
        Assert.True(port.IsAdopted);
        Assert.NotEqual(before, ProgramOn(rig));

        FoeHandle found = second.NextHandle(FoeHandle.None);
        Assert.Equal(handle, found);
        Assert.Equal(FoeHandle.None, second.NextHandle(found));
        Assert.Equal(1, second.CountEntries);
        Assert.True(second.TryRead(found, out FoeEntry read));
        Assert.Equal(entry, read);
        var counters = new FoeCounters[1];
        second.ReadCounters([found], counters, new bool[1], 0);
        Assert.Equal(1ul, counters[0].Packets);
        var results = new PpeResult[1];
        second.Bind([entry], new FoeHandle[1], results);
        Assert.Equal(PpeResult.Duplicate, results[0]);
        second.Unbind([found]);
        second.Release([found]);
        Assert.Equal(0, second.CountEntries);

        second.RemovePins();
        Assert.False(Directory.Exists(_bpf.Folder));
        second.Dispose();
        Assert.Equal(0, ProgramOn(rig));
    }

    [NamespaceFact]
    public void Open_OtherSizes_StartsEmpty()
    {
        using (XdpPpe first = XdpPpe.Open(Settings(4096), TimeProvider.System))
        {
            first.Bind([Snat(isTcp: true)], new FoeHandle[1], new PpeResult[1]);
            Assert.Equal(1, first.CountEntries);
        }

        using XdpPpe second = XdpPpe.Open(Settings(40_960), TimeProvider.System);
        Assert.False(second.IsAdopted);
        Assert.Equal(0, second.CountEntries);
    }

    [NamespaceFact]
    public void ReadCounters_TableClearedByAnother_SaysSo()
    {
        XdpPpeSettings settings = Settings(4096);
        using XdpPpe ppe = XdpPpe.Open(settings, TimeProvider.System);
        var handles = new FoeHandle[1];
        ppe.Bind([Snat(isTcp: true)], handles, new PpeResult[1]);
        using (XdpPpe other = XdpPpe.Open(settings, TimeProvider.System))
            other.Unbind([other.NextHandle(FoeHandle.None)]);
        bool[] isBound = [true];
        ppe.ReadCounters(handles, new FoeCounters[1], isBound, 0);
        Assert.False(isBound[0]);
        ppe.Unbind(handles);
        ppe.Release(handles);
        Assert.Equal(0, ppe.CountEntries);
    }

    public void Dispose() => _bpf.Dispose();

    private XdpPpeSettings Settings(int entries) =>
        new() { EntriesIpv4Max = entries, EntriesIpv6Max = 1024, PoliciesMax = 16, PassesMisses = true, PinFolder = _bpf.Folder };

    // Number of the program on the interface, as `ip link` shows it; 0 for none.
    private static int ProgramOn(PpeRig rig)
    {
        string[] words = rig.Gateway.Run("ip link show lan").Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries);
        int at = Array.IndexOf(words, "prog/xdp");
        return at < 0 ? 0 : int.Parse(words[at + 2], System.Globalization.CultureInfo.InvariantCulture);
    }
}
