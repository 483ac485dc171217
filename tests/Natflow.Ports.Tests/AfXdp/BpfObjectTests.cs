using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Natflow.Ports.AfXdp;
using Natflow.Ports.AfXdp.Lab;
using Natflow.Testing.Bpf;

namespace Natflow.Ports.Tests.AfXdp;

/// <summary>The committed BPF objects agree with their sources and with the layouts here.</summary>
public sealed class BpfObjectTests
{
    private const string Sources = "src/Natflow.Ports/AfXdp/bpf";

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
        AssertOffset<TrafficPlan>(lab, "traffic_plan", "dst_port_first", nameof(TrafficPlan.DstPortFirst));
        AssertOffset<TrafficPlan>(lab, "traffic_plan", "dst_port_count", nameof(TrafficPlan.DstPortCount));
        AssertOffset<TrafficPlan>(lab, "traffic_plan", "dst_mac", nameof(TrafficPlan.DstMac));
        AssertOffset<TrafficPlan>(lab, "traffic_plan", "src_mac", nameof(TrafficPlan.SrcMac));
    }

    [ClangFact(Sources)]
    public void Build_OfTheCommittedSources_GivesTheCommittedObjects() => BpfBuild.AssertCommitted(Sources, typeof(XdpProgram).Assembly, objectCount: 3);

    private static void AssertOffset<T>(BtfStructs btf, string structName, string member, string field) =>
        Assert.Equal(btf.Offset(structName, member), (int)Marshal.OffsetOf<T>(field));

    private static byte[] Embedded(string resource) => BpfBuild.Embedded(typeof(XdpProgram).Assembly, resource);
}
