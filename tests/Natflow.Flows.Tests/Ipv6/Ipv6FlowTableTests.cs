using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Ipv6;
using Natflow.Flows.Table;
using Natflow.Testing;

using static Natflow.Flows.Tests.Ipv6.Ipv6Rig;

namespace Natflow.Flows.Tests.Ipv6;

public sealed class Ipv6FlowTableTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void AddFindRemove_AnySequence_AgreesWithDictionary(int seed)
    {
        var prng = new Prng(seed);
        using var table = new Ipv6FlowTable(capacity: 200, new FlowHash(5));
        var model = new Dictionary<Ipv6FlowKey, uint>();
        for (int step = 0; step < 20_000; step++)
        {
            var key = new Ipv6FlowKey(A, X, (ushort)prng.Next(20), (ushort)prng.Next(20), 0, IpProtocol.Udp, Side.Lan);
            uint found = table.Find(in key);
            Assert.True(found == model.GetValueOrDefault(key, FlowTable.None), $"seed {seed}, step {step}");
            if (found != FlowTable.None && prng.Next(3) == 0)
            {
                table.Remove(found);
                model.Remove(key);
            }
            else if (found == FlowTable.None)
            {
                uint added = table.Add(new Ipv6FlowRecord
                {
                    Inside = A,
                    Remote = X,
                    InsidePortBe = key.InsidePortBe,
                    RemotePortBe = key.RemotePortBe,
                    Protocol = key.Protocol,
                    State = FlowState.UdpSteady,
                });
                Assert.Equal(model.Count == 200, added == FlowTable.None);
                if (added != FlowTable.None)
                    model.Add(key, added);
            }

            Assert.Equal(model.Count, table.Count);
        }
    }

    [Fact]
    public void Record_Layout_IsTwoCacheLines()
    {
        Assert.Equal(Ipv6FlowRecord.SizeBytes, System.Runtime.CompilerServices.Unsafe.SizeOf<Ipv6FlowRecord>());
        Assert.Equal(Ipv6FlowKey.SizeBytes, System.Runtime.CompilerServices.Unsafe.SizeOf<Ipv6FlowKey>());
    }

    [Fact]
    public void Find_OtherZone_OnlyFromOutside()
    {
        using var table = new Ipv6FlowTable(capacity: 4, new FlowHash(5));
        table.Add(new Ipv6FlowRecord { Inside = A, Remote = X, Zone = 3, Protocol = IpProtocol.Esp, State = FlowState.UdpOneWay });
        Assert.Equal(FlowTable.None, table.Find(new Ipv6FlowKey(A, X, 0, 0, 0, IpProtocol.Esp, Side.Lan)));
        Assert.Equal(0u, table.Find(new Ipv6FlowKey(A, X, 0, 0, 3, IpProtocol.Esp, Side.Lan)));
        Assert.Equal(0u, table.Find(new Ipv6FlowKey(A, X, 0, 0, 0, IpProtocol.Esp, Side.Wan)));
    }
}
