using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Table;
using Natflow.Testing;

namespace Natflow.Flows.Tests.Table;

public sealed class FlowTableTests
{
    private const int Capacity = 256;

    // What eight buckets and all overflow buckets hold, however unevenly the keys fall.
    private const int LivingMax = 190;
    private const uint BucketCount = (uint)(Capacity * 2 / 4.5);
    private static readonly FlowHash Hash = new(7);

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 8)];

    [Theory, MemberData(nameof(Seeds))]
    public void AddFindRemove_CrowdedBuckets_AgreesWithDictionary(int seed)
    {
        var prng = new Prng(seed);
        using var table = new FlowTable(Capacity, Hash);
        var model = new Dictionary<FlowKey, uint>();
        var living = new List<uint>();
        int deepest = 0;
        for (int step = 0; step < 4_000; step++)
        {
            string where = $"seed {seed}, step {step}";
            if (living.Count < LivingMax && prng.Next(100) < (step < 2_000 ? 70 : 40))
                Add(table, NextFlow(prng, model), model, living, where);
            else if (living.Count > 0)
                Remove(table, living, prng.Next(living.Count), model);

            deepest = Math.Max(deepest, living.Count);
            foreach ((FlowKey key, uint slot) in model.Skip(prng.Next(Math.Max(1, model.Count))).Take(3))
                Assert.True(table.Find(in key, Hash.Of(in key)) == slot, where);
            FlowKey absent = NextFlow(prng, model).OutKey();
            Assert.True(table.Find(in absent, Hash.Of(in absent)) == FlowTable.None, where);
            Assert.Equal(living.Count, table.Count);
        }

        Assert.True(deepest > 150, "the chains must have grown");
        while (living.Count > 0)
            Remove(table, living, living.Count - 1, model);
        Assert.Equal(0, table.Count);
    }

    [Fact]
    public void Allocate_FullTable_Refuses_AndTakesAgainAfterFree()
    {
        using var table = new FlowTable(3, Hash);
        uint[] all = [table.Allocate(), table.Allocate(), table.Allocate()];
        Assert.Equal([0u, 1u, 2u], all);
        Assert.Equal(FlowTable.None, table.Allocate());

        table.Free(1);

        Assert.Equal(1u, table.Allocate());
        Assert.Equal(3, table.Count);
    }

    [Fact]
    public void PrefetchCandidate_IsAGuessThatMatchesConfirms()
    {
        using var table = new FlowTable(Capacity, Hash);
        FlowRecord flow = NextFlow(new Prng(1), []);
        uint index = table.Allocate();
        table.Flow(index) = flow;
        FlowKey key = flow.InKey();
        Assert.Equal(FlowTable.None, table.PrefetchCandidate(Hash.Of(in key)));
        Assert.True(table.TryIndex(Hash.Of(in key), (index << 1) | 1));

        uint slot = table.PrefetchCandidate(Hash.Of(in key));

        Assert.Equal((index << 1) | 1, slot);
        Assert.True(FlowRecord.Matches(ref table.Flow(index), in key, 1));
    }

    private static void Add(FlowTable table, FlowRecord flow, Dictionary<FlowKey, uint> model, List<uint> living, string where)
    {
        uint index = table.Allocate();
        Assert.True(index != FlowTable.None, where);
        table.Flow(index) = flow;
        FlowKey outKey = flow.OutKey();
        FlowKey inKey = flow.InKey();
        Assert.True(table.TryIndex(Hash.Of(in outKey), index << 1), where);
        Assert.True(table.TryIndex(Hash.Of(in inKey), (index << 1) | 1), where);
        model.Add(outKey, index << 1);
        model.Add(inKey, (index << 1) | 1);
        living.Add(index);
    }

    private static void Remove(FlowTable table, List<uint> living, int position, Dictionary<FlowKey, uint> model)
    {
        uint index = living[position];
        living.RemoveAt(position);
        table.Unindex(index << 1);
        table.Unindex((index << 1) | 1);
        model.Remove(table.Flow(index).OutKey());
        model.Remove(table.Flow(index).InKey());
        table.Free(index);
        Assert.Equal(FlowState.None, table.Flow(index).State);
    }

    // Keys of both directions fall into a few buckets, so that overflow chains, equal tags and emptied links are common.
    private static FlowRecord NextFlow(Prng prng, Dictionary<FlowKey, uint> taken)
    {
        while (true)
        {
            var flow = new FlowRecord
            {
                InsideAddrBe = (uint)prng.Next(64),
                RemoteAddrBe = (uint)prng.Next(1024),
                ExternalAddrBe = (uint)prng.Next(64),
                InsidePortBe = (ushort)prng.Next(65536),
                RemotePortBe = (ushort)prng.Next(65536),
                ExternalPortBe = (ushort)prng.Next(65536),
                Protocol = IpProtocol.Udp,
                State = FlowState.UdpOneWay,
            };
            FlowKey outKey = flow.OutKey();
            FlowKey inKey = flow.InKey();
            if (IsCrowded(Hash.Of(in outKey)) && IsCrowded(Hash.Of(in inKey)) && !taken.ContainsKey(outKey) && !taken.ContainsKey(inKey))
                return flow;
        }
    }

    private static bool IsCrowded(uint hash) => (((ulong)hash * BucketCount) >> 32) < 8;
}
