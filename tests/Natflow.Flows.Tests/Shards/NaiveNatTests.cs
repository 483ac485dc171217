using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Table;
using Natflow.Testing;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Flows.Tests.Shards;

/// <summary>A shard against a NAT made of dictionaries: which mapping each inside endpoint has, who holds a port, who is let in.</summary>
public sealed class NaiveNatTests
{
    private const int UdpMs = 20_000;

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 6)];

    [Theory, MemberData(nameof(Seeds))]
    public void AnySequence_AgreesWithNaiveNat(int seed)
    {
        var prng = new Prng(seed);
        using var rig = new ShardRig(Defaults with
        {
            PublicAddresses = [E1, E2],
            PortFirst = 64_512,
            PortBlockSize = 64,
            BlocksPerUserMax = 2,
            FlowCapacity = 512,
            FlowsPerUserMax = 10,
            UserIdle = TimeSpan.FromSeconds(30),
            Timeouts = new FlowTimeouts { Udp = TimeSpan.FromMilliseconds(UdpMs) },
            Seed = (ulong)seed,
        });
        var flows = new Dictionary<((uint, ushort) Inside, (uint, ushort) Remote), ((uint, ushort) External, long SeenMs)>();
        int opened = 0;
        int answered = 0;
        int refused = 0;
        for (int step = 0; step < 6_000; step++)
        {
            string where = $"seed {seed}, step {step}";
            rig.Skip(TimeSpan.FromMilliseconds(prng.Next(200)));
            if (prng.Next(3) == 0)
                rig.Settle();
            foreach (var expired in flows.Where(pair => rig.NowMs - pair.Value.SeenMs >= UdpMs).ToList())
                flows.Remove(expired.Key);

            (uint, ushort) inside = (A + (uint)prng.Next(12), (ushort)(5000 + prng.Next(20)));
            (uint, ushort) remote = (X1 + (uint)prng.Next(3), (ushort)(53 + prng.Next(2)));
            if (prng.Next(3) != 0)
            {
                RigPacket sent = rig.FromInside(Frames.Udp(inside, remote));
                if (!sent.IsForwarded)
                {
                    Assert.True(!flows.ContainsKey((inside, remote)), where);
                    Assert.True(sent.Reason is DropReason.PortsExhausted or DropReason.PortQuotaExceeded or DropReason.FlowQuotaExceeded or DropReason.FlowTableFull, $"{where}: {sent}");
                    refused++;
                    continue;
                }

                (uint, ushort) external = sent.Packet.From;
                Assert.True(flows.All(pair => (pair.Key.Inside == inside) == (pair.Value.External == external)), where);
                opened += flows.ContainsKey((inside, remote)) ? 0 : 1;
                flows[(inside, remote)] = (external, rig.NowMs);
            }
            else if (flows.Count > 0)
            {
                var known = flows.ElementAt(prng.Next(flows.Count));
                RigPacket back = rig.FromOutside(Frames.Udp(known.Key.Remote, known.Value.External));
                Assert.True(back.IsForwarded && back.Packet.To == known.Key.Inside, where);
                answered++;
            }

            Assert.True(rig.State.Flows.Count >= flows.Count, where);
        }

        Assert.True(opened > 500 && answered > 500 && refused > 0, $"opened {opened}, answered {answered}, refused {refused}");
        rig.Wait(TimeSpan.FromMinutes(2));
        rig.Wait(TimeSpan.FromMinutes(2));
        Assert.Equal((0, 0, 0, 0), (rig.State.Flows.Count, rig.State.Mappings.Count, rig.State.Users.Count, rig.State.Blocks.LeasedCount));
    }

    [Theory, MemberData(nameof(Seeds))]
    public void AnyBytes_EndInAVerdict(int seed)
    {
        var prng = new Prng(seed);
        using var rig = new ShardRig();
        byte[] valid = Frames.Udp((A, 5000), (X1, 53), payloadBytes: 30);
        for (int step = 0; step < 5_000; step++)
        {
            byte[] frame = step % 2 == 0 ? (byte[])valid.Clone() : Frames.Error(Y, rig.FromInside(valid).Frame, 3, 1);
            for (int flips = prng.Next(4); flips >= 0; flips--)
                frame[prng.Next(frame.Length)] = (byte)prng.Next(256);
            frame = frame[..(1 + prng.Next(frame.Length))];
            rig.Send(prng.Next(2) == 0 ? Side.Lan : Side.Wan, frame, zone: 0, isHostile: true);
        }

        Assert.NotEqual(FlowTable.None, rig.State.Mappings.UsedIndexEnd);
    }
}
