using Natflow.Core;
using Natflow.Flows.Fragments;
using Natflow.Testing;

namespace Natflow.Flows.Tests.Fragments;

public sealed class FragmentTableTests
{
    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 8)];

    [Theory, MemberData(nameof(Seeds))]
    public void AddAndFind_AnySequence_AgreesWithDictionaryOfLivingContexts(int seed)
    {
        var prng = new Prng(seed);
        using var table = new FragmentTable(64, new FlowHash(9));
        var model = new Dictionary<(FlowKey Key, ushort Id), (uint Value, long UntilMs)>();
        long now = 0;
        int refused = 0;
        for (int step = 0; step < 5_000; step++)
        {
            string where = $"seed {seed}, step {step}";
            now += prng.Next(100);
            FlowKey key = new((uint)prng.Next(4), (uint)prng.Next(4), 0, 0, 0, IpProtocol.Udp, (Side)prng.Next(2));
            ushort id = (ushort)prng.Next(16);
            if (prng.Next(2) == 0)
            {
                uint value = (uint)prng.Next(1000);
                if (table.TryAdd(in key, id, value, now))
                    model[(key, id)] = (value, now + 5_000);
                else
                    refused++;
            }
            else
            {
                bool expected = model.TryGetValue((key, id), out (uint Value, long UntilMs) known) && known.UntilMs > now;
                Assert.True(table.TryFind(in key, id, now, out uint value) == expected, where);
                Assert.True(!expected || value == known.Value, where);
            }

            int living = model.Values.Count(context => context.UntilMs > now);
            Assert.True(living <= 64, where);
        }

        Assert.NotEqual(0, refused);
    }

    [Fact]
    public void TryAdd_FullSet_RefusesWhileContextsLive_AndNeverEvicts()
    {
        using var table = new FragmentTable(8, new FlowHash(9));
        var key = new FlowKey(1, 2, 0, 0, 0, IpProtocol.Udp, Side.Wan);
        for (ushort id = 0; id < 8; id++)
            Assert.True(table.TryAdd(in key, id, id, 0));

        Assert.False(table.TryAdd(in key, 8, 8, 4_999));
        Assert.True(table.TryFind(in key, 7, 4_999, out uint value));
        Assert.Equal(7u, value);
        Assert.True(table.TryAdd(in key, 8, 8, 5_000));
    }
}
