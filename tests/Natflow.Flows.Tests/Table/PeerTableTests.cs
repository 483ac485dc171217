using Natflow.Core;
using Natflow.Flows.Table;
using Natflow.Testing;

namespace Natflow.Flows.Tests.Table;

public sealed class PeerTableTests
{
    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 8)];

    [Theory, MemberData(nameof(Seeds))]
    public void AddContainsRemove_AnySequence_AgreesWithMultiset(int seed)
    {
        const int capacity = 64;
        var prng = new Prng(seed);
        using var table = new PeerTable(capacity, new FlowHash(3));
        var model = new Dictionary<(uint Mapping, uint Address), int>();
        int uses = 0;
        for (int step = 0; step < 5_000; step++)
        {
            (uint Mapping, uint Address) peer = ((uint)prng.Next(6), (uint)prng.Next(6));
            if (uses < capacity && prng.Next(2) == 0)
            {
                table.Add(peer.Mapping, peer.Address);
                model[peer] = model.GetValueOrDefault(peer) + 1;
                uses++;
            }
            else if (model.GetValueOrDefault(peer) > 0)
            {
                table.Remove(peer.Mapping, peer.Address);
                model[peer]--;
                uses--;
            }

            (uint Mapping, uint Address) asked = ((uint)prng.Next(6), (uint)prng.Next(6));
            Assert.True(table.Contains(asked.Mapping, asked.Address) == model.GetValueOrDefault(asked) > 0, $"seed {seed}, step {step}");
        }
    }
}
