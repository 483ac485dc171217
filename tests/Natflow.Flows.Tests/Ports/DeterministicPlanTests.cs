using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Testing;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Flows.Tests.Ports;

public sealed class DeterministicPlanTests
{
    private static readonly NatSettings Settings = Defaults with
    {
        LanPrefixes = [Prefix("10.0.0.0/26")],
        PortBlockSize = 64,
        DeterministicBlocksPerUser = 4,
    };

    [Fact]
    public void CGN_17_ForwardThenReverse_AThousandConfigurations_RangesNeverOverlap()
    {
        var prng = new Prng(5);
        int tried = 0;
        while (tried < 1000)
        {
            NatSettings settings = NextSettings(prng);
            if (settings.Validate().Count != 0)
                continue;
            tried++;
            var plan = new DeterministicPlan(settings);
            var owners = new HashSet<(int Address, int Port)>();
            foreach (Ipv4Prefix prefix in settings.LanPrefixes)
            {
                for (uint inside = prefix.Network; inside <= prefix.Last; inside++)
                {
                    Assert.True(plan.TryFindRange(inside, out int address, out int first), settings.ToString());
                    Assert.True(owners.Add((address, first)));
                    Assert.InRange(first, settings.PortFirst, settings.PortLast - plan.PortsPerUser + 1);
                    foreach (int port in (int[])[first, first + plan.PortsPerUser - 1])
                        Assert.True(plan.TryFindUser(address, port, out uint back) && back == inside);
                }
            }
        }
    }

    [Fact]
    public void CGN_17_Shard_GivesExactlyThePlannedPorts_AndLogsNothing()
    {
        using var rig = new ShardRig(Settings);
        var plan = new DeterministicPlan(Settings);
        foreach (uint host in (uint[])[A, B, A + 20])
        {
            Assert.True(plan.TryFindRange(host, out _, out int first));
            for (ushort port = 2000; port < 2000 + 256; port++)
                Assert.InRange(rig.Map((host, port), (X1, 53)).Port, first, first + 255);
            Assert.Equal(DropReason.PortQuotaExceeded, rig.FromInside(Frames.Udp((host, 9000), (X1, 53))).Reason);
        }

        Assert.Equal(0, rig.State.BlockLog.Count);
        rig.Wait(TimeSpan.FromMinutes(6));
        rig.Wait(TimeSpan.FromMinutes(6));
        Assert.Equal((0, 0), (rig.State.Users.Count, rig.State.Blocks.LeasedCount));
        Assert.True(rig.FromInside(Frames.Udp((A, 9000), (X1, 53))).IsForwarded);
    }

    [Fact]
    public void CGN_17_SeveralShards_APortLeadsToItsSubscribersShard()
    {
        NatSettings settings = Settings with { ShardCount = 3 };
        using var pool = new PublicPool(settings);
        var plan = new DeterministicPlan(settings);
        for (uint host = 0x0A00_0000; host < 0x0A00_0040; host++)
        {
            Assert.True(plan.TryFindRange(host, out int address, out int first));
            int shard = pool.ShardOfUser(BinaryPrimitives.ReverseEndianness(host), zone: 0);
            Assert.Equal(shard, pool.ShardOfExternal(pool.AddressBe(address), BinaryPrimitives.ReverseEndianness((ushort)(first + 70)), IpProtocol.Udp));
        }
    }

    [Fact]
    public void Validate_TooManySubscribers_SaysHowManyFit()
    {
        IReadOnlyList<string> errors = (Settings with { LanPrefixes = [Prefix("10.0.0.0/16")] }).Validate();

        Assert.Contains(errors, static error => error.Contains("room for 252 subscribers, the LAN prefixes hold 65536", StringComparison.Ordinal));
    }

    private static NatSettings NextSettings(Prng prng) => Defaults with
    {
        LanPrefixes = prng.Next(2) == 0 ? [Prefix("10.0.0.0/26")] : [Prefix("10.0.0.0/28"), Prefix("10.9.0.0/27"), Prefix("10.8.0.3")],
        PublicAddresses = [.. Enumerable.Range(0, 1 + prng.Next(3)).Select(static i => 0xCB00_7101u + (uint)(i * 7))],
        PortFirst = (ushort)(1024 + prng.Next(30_000)),
        PortLast = (ushort)(60_000 + prng.Next(5_536)),
        PortBlockSize = 64 << prng.Next(4),
        DeterministicBlocksPerUser = 1 + prng.Next(8),
    };
}
