using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Natflow.Ports.AfXdp;
using Natflow.Ports.AfXdp.Lab;

namespace Natflow.Ports.Tests.AfXdp;

/// <summary>The committed BPF objects agree with their sources and with the layouts here.</summary>
public sealed class BpfObjectTests
{
    [Fact]
    public void Layouts_OfBothSides_Agree()
    {
        var xdp = new BtfStructs(Embedded(XdpProgram.Resource));
        Assert.Equal(HostPortEntry.SizeBytes, xdp.SizeBytes("host_port"));
        Assert.Equal(HostPortEntry.SizeBytes, Unsafe.SizeOf<HostPortEntry>());
        AssertOffset<HostPortEntry>(xdp, "host_port", "ifindex", nameof(HostPortEntry.InterfaceIndex));
        AssertOffset<HostPortEntry>(xdp, "host_port", "socket_base", nameof(HostPortEntry.SocketBase));
        AssertOffset<HostPortEntry>(xdp, "host_port", "queue_count", nameof(HostPortEntry.QueueCount));
        foreach (string resource in new[] { XdpProgram.Resource, IngressGuard.Resource })
        {
            var filter = new BtfStructs(Embedded(resource));
            Assert.Equal(HostFilterLayout.CountersBytes, filter.SizeBytes("host_counters"));
            Assert.Equal(HostFilterLayout.CountersBytes, Unsafe.SizeOf<HostFilterLayout.Counters>());
            Assert.Equal(HostFilterLayout.Address6Bytes, filter.SizeBytes("host_address6"));
            Assert.Equal(HostFilterLayout.Address6Bytes, Unsafe.SizeOf<HostFilterLayout.Address6>());
        }
    }

    [Fact]
    public void TrafficPlan_OfBothSides_Agrees()
    {
        var lab = new BtfStructs(Embedded("lab_traffic.bpf.o"));
        Assert.Equal(TrafficPlan.SizeBytes, lab.SizeBytes("traffic_plan"));
        Assert.Equal(TrafficPlan.SizeBytes, Unsafe.SizeOf<TrafficPlan>());
        AssertOffset<TrafficPlan>(lab, "traffic_plan", "src_addr_first", nameof(TrafficPlan.SrcAddrFirst));
        AssertOffset<TrafficPlan>(lab, "traffic_plan", "dst_addr", nameof(TrafficPlan.DstAddrBe));
        AssertOffset<TrafficPlan>(lab, "traffic_plan", "flow_count", nameof(TrafficPlan.FlowCount));
        AssertOffset<TrafficPlan>(lab, "traffic_plan", "host_count", nameof(TrafficPlan.HostCount));
        AssertOffset<TrafficPlan>(lab, "traffic_plan", "src_port_first", nameof(TrafficPlan.SrcPortFirst));
        AssertOffset<TrafficPlan>(lab, "traffic_plan", "dst_port", nameof(TrafficPlan.DstPortBe));
        AssertOffset<TrafficPlan>(lab, "traffic_plan", "dst_mac", nameof(TrafficPlan.DstMac));
        AssertOffset<TrafficPlan>(lab, "traffic_plan", "src_mac", nameof(TrafficPlan.SrcMac));
    }

    [ClangFact]
    public void Build_OfTheCommittedSources_GivesTheCommittedObjects()
    {
        string output = Directory.CreateTempSubdirectory("nf-bpf-").FullName;
        try
        {
            using Process build = Process.Start("sh", [Path.Combine(ClangFactAttribute.SourceFolder, "build.sh"), output]);
            build.WaitForExit();
            Assert.Equal(0, build.ExitCode);
            string[] built = Directory.GetFiles(output, "*.bpf.o");
            Assert.Equal(3, built.Length);
            Assert.All(built, static path => Assert.True(
                Embedded(Path.GetFileName(path)).AsSpan().SequenceEqual(File.ReadAllBytes(path)),
                $"{Path.GetFileName(path)} is not what its source gives: run build.sh and commit the object"));
        }
        finally
        {
            Directory.Delete(output, recursive: true);
        }
    }

    private static void AssertOffset<T>(BtfStructs btf, string structName, string member, string field) =>
        Assert.Equal(btf.Offset(structName, member), (int)Marshal.OffsetOf<T>(field));

    private static byte[] Embedded(string resource)
    {
        using Stream stream = typeof(XdpProgram).Assembly.GetManifestResourceStream(resource)!;
        byte[] bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }
}
