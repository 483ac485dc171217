using Natflow.Core;
using Natflow.Flows.Alg;

namespace Natflow.Flows.Tests.Alg;

public sealed class TftpAlgTests
{
    private static readonly byte[] ReadRequest = [0, 1, (byte)'a', 0, (byte)'o', (byte)'c', (byte)'t', (byte)'e', (byte)'t', 0];

    [Theory]
    [InlineData(MappingMode.EndpointIndependent)]
    [InlineData(MappingMode.AddressAndPortDependent)]
    public void UDP_16_SwitchedOn_ServersNewPortComesIn(MappingMode mapping)
    {
        using var rig = new AlgRig(change: settings => settings with { Mapping = mapping });
        byte[]? request = rig.Udp(Side.Lan, (AlgRig.Inside, 3000), (AlgRig.Server, 69), ReadRequest);
        Assert.NotNull(request);
        (uint Address, ushort Port) external = AlgRig.Source(request);
        Assert.Null(rig.Udp(Side.Wan, (AlgRig.Stranger, 5555), external, [0, 3, 0, 1]));
        byte[]? answer = rig.Udp(Side.Wan, (AlgRig.Server, 5555), external, [0, 3, 0, 1]);
        Assert.NotNull(answer);
        Assert.Equal((AlgRig.Inside, (ushort)3000), AlgRig.Destination(answer));
        byte[]? acknowledged = rig.Udp(Side.Lan, (AlgRig.Inside, 3000), (AlgRig.Server, 5555), [0, 4, 0, 1]);
        Assert.NotNull(acknowledged);
        Assert.Equal(external, AlgRig.Source(acknowledged));
        Assert.Null(rig.Udp(Side.Wan, (AlgRig.Server, 5556), external, [0, 3, 0, 1])); // One flow was expected.
    }

    [Fact]
    public void UDP_16_Default_IsOff()
    {
        using var rig = new AlgRig(new AlgSettings());
        byte[]? request = rig.Udp(Side.Lan, (AlgRig.Inside, 3000), (AlgRig.Server, 69), ReadRequest);
        Assert.NotNull(request);
        Assert.Null(rig.Udp(Side.Wan, (AlgRig.Server, 5555), AlgRig.Source(request), [0, 3, 0, 1]));
    }

    [Fact]
    public void OnRequest_NoRequest_ExpectsNothing()
    {
        using var rig = new AlgRig();
        Assert.NotNull(rig.Udp(Side.Lan, (AlgRig.Inside, 3000), (AlgRig.Server, 69), [0, 9, 0, 1]));
        Assert.Equal(0, rig.State.Alg.ExpectationCount);
    }
}
