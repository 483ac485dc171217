using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Natflow.Flows.Users;
using Natflow.Offload.Xdp;
using Natflow.Testing.Bpf;

namespace Natflow.Offload.Tests.Xdp;

/// <summary>The committed program agrees with its source and with the layouts here.</summary>
public sealed class PpeLayoutTests
{
    private const string Sources = "src/Natflow.Offload/Xdp/bpf";

    private readonly BtfStructs _btf = new(BpfBuild.Embedded(typeof(XdpPpe).Assembly, XdpPpe.Resource));

    [ClangFact(Sources)]
    public void Build_OfTheCommittedSource_GivesTheCommittedObject() => BpfBuild.AssertCommitted(Sources, typeof(XdpPpe).Assembly, objectCount: 1);

    [Fact]
    public void Sizes_OfBothSides_Agree()
    {
        Assert.Equal(_btf.SizeBytes("ppe_config"), Unsafe.SizeOf<PpeLayout.Config>());
        Assert.Equal(_btf.SizeBytes("ppe_action"), Unsafe.SizeOf<PpeLayout.Action>());
        Assert.Equal(_btf.SizeBytes("ppe_counts"), Unsafe.SizeOf<PpeLayout.Counts>());
        Assert.Equal(_btf.SizeBytes("ppe_entry4"), Unsafe.SizeOf<PpeEntry4>());
        Assert.Equal(_btf.SizeBytes("ppe_entry6"), Unsafe.SizeOf<PpeEntry6>());
        Assert.Equal(_btf.SizeBytes("ppe_link"), Unsafe.SizeOf<PpeLayout.Link>());
        Assert.Equal(_btf.SizeBytes("ppe_port"), Unsafe.SizeOf<PpeLayout.Port>());
        Assert.Equal(PolicyRecord.SizeBytes, _btf.SizeBytes("ppe_policy"));
        Assert.Equal(_btf.SizeBytes("ppe_counters"), Unsafe.SizeOf<PpeLayout.Counters>());
        Assert.Equal(PpeLayout.Ways * sizeof(ushort), _btf.SizeBytes("ppe_tags"));
    }

    [Theory]
    [InlineData("layout_version", nameof(PpeLayout.Config.LayoutVersion))]
    [InlineData("generation", nameof(PpeLayout.Config.Generation))]
    [InlineData("bucket_mask4", nameof(PpeLayout.Config.BucketMask4))]
    [InlineData("bucket_mask6", nameof(PpeLayout.Config.BucketMask6))]
    [InlineData("hash_key", nameof(PpeLayout.Config.Key))]
    public void Config_Field_IsWhereTheProgramReadsIt(string member, string field) => AssertOffset<PpeLayout.Config>("ppe_config", member, field);

    [Theory]
    [InlineData("word", nameof(PpeLayout.Action.Word))]
    [InlineData("link_index", nameof(PpeLayout.Action.LinkIndex))]
    [InlineData("link_generation", nameof(PpeLayout.Action.LinkGeneration))]
    [InlineData("policy_index", nameof(PpeLayout.Action.PolicyIndex))]
    [InlineData("policy_generation", nameof(PpeLayout.Action.PolicyGeneration))]
    [InlineData("shard", nameof(PpeLayout.Action.Shard))]
    public void Action_Field_IsWhereTheProgramReadsIt(string member, string field) => AssertOffset<PpeLayout.Action>("ppe_action", member, field);

    [Theory]
    [InlineData("traffic", nameof(PpeLayout.Counts.Traffic))]
    [InlineData("last_seen", nameof(PpeLayout.Counts.LastSeen))]
    public void Counts_Field_IsWhereTheProgramWritesIt(string member, string field) => AssertOffset<PpeLayout.Counts>("ppe_counts", member, field);

    [Theory]
    [InlineData("saddr", nameof(PpeEntry4.SrcAddr))]
    [InlineData("daddr", nameof(PpeEntry4.DstAddr))]
    [InlineData("ports", nameof(PpeEntry4.Ports))]
    [InlineData("zone", nameof(PpeEntry4.Zone))]
    [InlineData("protocol", nameof(PpeEntry4.Protocol))]
    [InlineData("flags", nameof(PpeEntry4.Flags))]
    [InlineData("action", nameof(PpeEntry4.Shared))]
    [InlineData("new_saddr", nameof(PpeEntry4.NewSrcAddr))]
    [InlineData("new_daddr", nameof(PpeEntry4.NewDstAddr))]
    [InlineData("new_ports", nameof(PpeEntry4.NewPorts))]
    [InlineData("l3_delta", nameof(PpeEntry4.L3Delta))]
    [InlineData("l4_delta", nameof(PpeEntry4.L4Delta))]
    [InlineData("counts", nameof(PpeEntry4.Counted))]
    public void Entry4_Field_IsWhereTheProgramReadsIt(string member, string field) => AssertOffset<PpeEntry4>("ppe_entry4", member, field);

    [Theory]
    [InlineData("saddr", nameof(PpeEntry6.SrcAddr))]
    [InlineData("daddr", nameof(PpeEntry6.DstAddr))]
    [InlineData("ports", nameof(PpeEntry6.Ports))]
    [InlineData("zone", nameof(PpeEntry6.Zone))]
    [InlineData("protocol", nameof(PpeEntry6.Protocol))]
    [InlineData("flags", nameof(PpeEntry6.Flags))]
    [InlineData("action", nameof(PpeEntry6.Shared))]
    [InlineData("new_ports", nameof(PpeEntry6.NewPorts))]
    [InlineData("l4_delta", nameof(PpeEntry6.L4Delta))]
    [InlineData("new_saddr", nameof(PpeEntry6.NewSrcAddr))]
    [InlineData("new_daddr", nameof(PpeEntry6.NewDstAddr))]
    [InlineData("counts", nameof(PpeEntry6.Counted))]
    public void Entry6_Field_IsWhereTheProgramReadsIt(string member, string field) => AssertOffset<PpeEntry6>("ppe_entry6", member, field);

    [Theory]
    [InlineData("version", nameof(PpeLayout.Link.Version))]
    [InlineData("generation", nameof(PpeLayout.Link.Generation))]
    [InlineData("mtu", nameof(PpeLayout.Link.MtuBytes))]
    [InlineData("device", nameof(PpeLayout.Link.Device))]
    [InlineData("header_bytes", nameof(PpeLayout.Link.HeaderBytes))]
    [InlineData("is_pppoe", nameof(PpeLayout.Link.IsPppoe))]
    public void Link_Field_IsWhereTheProgramReadsIt(string member, string field) => AssertOffset<PpeLayout.Link>("ppe_link", member, field);

    [Theory]
    [InlineData("generation", nameof(PolicyRecord.Generation))]
    [InlineData("verdict", nameof(PolicyRecord.Verdict))]
    [InlineData("flags", nameof(PolicyRecord.Flags))]
    [InlineData("dscp", nameof(PolicyRecord.Dscp))]
    [InlineData("due_ns", nameof(PolicyRecord.UpDueNs))]
    [InlineData("cost_q20", nameof(PolicyRecord.UpNanosecondsPerByteQ20))]
    [InlineData("burst_us", nameof(PolicyRecord.UpBurstMicroseconds))]
    [InlineData("dropped", nameof(PolicyRecord.UpDropped))]
    public void Policy_Field_IsWhereTheProgramReadsIt(string member, string field) => AssertOffset<PolicyRecord>("ppe_policy", member, field);

    private void AssertOffset<T>(string structName, string member, string field) =>
        Assert.Equal(_btf.Offset(structName, member), (int)Marshal.OffsetOf<T>(field));
}
