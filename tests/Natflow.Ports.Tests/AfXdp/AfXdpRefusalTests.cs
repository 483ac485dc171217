using Natflow.Bpf;
using Natflow.Memory;
using Natflow.Ports.AfXdp;
using Natflow.Testing.Namespaces;

namespace Natflow.Ports.Tests.AfXdp;

/// <summary>What a person reads when a port cannot be had as asked for.</summary>
public sealed class AfXdpRefusalTests
{
    [NamespaceFact]
    public void Open_ZeroCopyRequiredOnVeth_SaysQueueAndReason()
    {
        using var rig = new XdpRig();
        BpfException refused = Assert.Throws<BpfException>(() => rig.Open("lan", new AfXdpSettings { ZeroCopy = ZeroCopyMode.Required }));
        Assert.Equal(
            "lan queue 0: fallback to copy mode is refused by configuration: zero-copy: Operation not supported (EOPNOTSUPP)", refused.Message);
        Assert.Equal(Errno.NotSupported, refused.Errno);
    }

    [NamespaceFact]
    public void Open_FallbackRefused_IsAnErrorUnlessCopyWasAskedFor()
    {
        using var rig = new XdpRig();
        BpfException refused = Assert.Throws<BpfException>(() => rig.Open("lan", new AfXdpSettings { RefusesFallback = true }));
        Assert.Contains("fallback to copy mode is refused", refused.Message, StringComparison.Ordinal);
        using AfXdpPort port = rig.Open("wan", new AfXdpSettings { RefusesFallback = true, ZeroCopy = ZeroCopyMode.Forbidden });
        Assert.Empty(port.Modes[0].FallbackReasons);
        Assert.True(port.Modes[0].IsNative);
    }

    [NamespaceFact]
    public void Open_FallbackAllowed_SaysModeAndReason()
    {
        using var rig = new XdpRig();
        using AfXdpPort port = rig.Open("lan");
        Assert.Equal(
            "queue 0: native, copy, need-wakeup, completes checksums, rings of 1024 (zero-copy: Operation not supported (EOPNOTSUPP))",
            port.Modes[0].ToString());
    }

    [NamespaceFact]
    public void Attach_InterfaceWithoutNativeXdp_FallsBackWithReasonOrRefuses()
    {
        using var rig = new XdpRig();
        BpfException refused = Assert.Throws<BpfException>(() => rig.Gateway.Invoke(() => rig.Program.Attach("lo", XdpDriverMode.Native)));
        Assert.Contains("lo: native XDP cannot be attached", refused.Message, StringComparison.Ordinal);
        using XdpAttachment generic = rig.Gateway.Invoke(() => rig.Program.Attach("lo"));
        Assert.False(generic.IsNative);
        Assert.Contains("EOPNOTSUPP", generic.FallbackReason, StringComparison.Ordinal);
        BpfException strict = Assert.Throws<BpfException>(() => rig.Gateway.Invoke(() => AfXdpPort.Open(
            generic, rig.Program.Sockets, rig.Umem, rig.Pools, new AfXdpSettings { RefusesFallback = true })));
        Assert.Contains("fallback to generic XDP is refused", strict.Message, StringComparison.Ordinal);
    }

    [NamespaceFact]
    public void Attach_SecondGateway_NamesTheOther()
    {
        using var rig = new XdpRig();
        using AfXdpPort port = rig.Open("lan");
        using XdpProgram second = XdpProgram.Load();
        BpfException refused = Assert.Throws<BpfException>(() => rig.Gateway.Invoke(() => second.Attach("lan")));
        Assert.Equal(Errno.Busy, refused.Errno);
        Assert.Contains("lan: native XDP cannot be attached", refused.Message, StringComparison.Ordinal);
        Assert.Contains("another XDP program is attached already, perhaps another gateway's", refused.Message, StringComparison.Ordinal);
    }

    [NamespaceFact]
    public void Open_MtuBeyondAChunk_SaysWhatWouldFit()
    {
        using var rig = new XdpRig();
        rig.Gateway.Run("ip link set lan mtu 2000");
        BpfException refused = Assert.Throws<BpfException>(() => rig.Open("lan"));
        Assert.Equal("lan: an MTU of 2000 does not fit a chunk of 2048 bytes: lower it to 1770 or use larger chunks", refused.Message);
    }

    [NamespaceFact]
    public void Attach_NoSuchInterface_ListsThoseThereAre()
    {
        using var rig = new XdpRig();
        NativeException refused = Assert.Throws<NativeException>(() => rig.Gateway.Invoke(() => rig.Program.Attach("eth7")));
        Assert.Contains("eth7", refused.Message, StringComparison.Ordinal);
        Assert.Contains("wan", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(32)]
    [InlineData(500)]
    [InlineData(65536)]
    public void Settings_RingSizeOutOfRange_IsNamed(int ringSize)
    {
        BpfException refused = Assert.Throws<BpfException>(() => new AfXdpSettings { RingSize = ringSize }.Check("lan"));
        Assert.Equal($"lan: ring size {ringSize} is not a power of two from 64 to 32768", refused.Message);
    }

    [Fact]
    public void Umem_ChunksTooSmall_AreNamed()
    {
        using var memory = new Umem(16, 1024);
        BpfException refused = Assert.Throws<BpfException>(() => new AfXdpUmem(memory));
        Assert.Contains("not 1024", refused.Message, StringComparison.Ordinal);
    }

    [NamespaceFact]
    public void Load_NotAnObject_HoldsTheWordsOfLibbpf()
    {
        BpfException refused = Assert.Throws<BpfException>(() => BpfObject.Load(new byte[100], "junk"));
        Assert.Contains("bpf_object__open_mem (junk)", refused.Message, StringComparison.Ordinal);
        Assert.Contains("libbpf: ", refused.Message, StringComparison.Ordinal);
    }
}
