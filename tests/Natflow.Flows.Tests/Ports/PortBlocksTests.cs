using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Table;
using Natflow.Testing;
using Natflow.Testing.Flows;

namespace Natflow.Flows.Tests.Ports;

public sealed class PortBlocksTests
{
    private static readonly NatSettings Settings = ShardRig.Defaults with
    {
        PublicAddresses = [ShardRig.E1, ShardRig.E2],
        PortFirst = 60_000,
        PortBlockSize = 64,
    };

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 8)];

    /// <summary>Random leases, ports and releases: no port in two hands, parity, and no block in another hand within the hold.</summary>
    [Theory, MemberData(nameof(Seeds))]
    public void LeaseTakeFreeRelease_AnySequence_AgreesWithNaiveModel(int seed)
    {
        var prng = new Prng(seed);
        using var pool = new PublicPool(Settings);
        using var blocks = new PortBlocks(Settings with { Seed = (ulong)seed }, pool);
        var held = new Dictionary<uint, (uint User, HashSet<(byte Protocol, ushort Port)> Ports)>();
        var releasedMs = new Dictionary<uint, long>();
        byte[] protocols = [IpProtocol.Tcp, IpProtocol.Udp, IpProtocol.Icmp];
        long now = 1_000_000;
        int leases = 0;
        int fullBlocks = 0;
        for (int step = 0; step < 20_000; step++)
        {
            string where = $"seed {seed}, step {step}";
            now += prng.Next(40);
            uint block;
            switch (prng.Next(20))
            {
                case 0:
                    blocks.ReleaseHeld(now);
                    int address = prng.Next(2);
                    uint user = (uint)prng.Next(5);
                    bool expected = blocks.FreeCount(address) > 0;
                    Assert.True(blocks.TryLease(user, address, FlowTable.None, out block) == expected, where);
                    if (!expected)
                        break;
                    Assert.True(!held.ContainsKey(block), where);
                    Assert.True(!releasedMs.TryGetValue(block, out long at) || now - at >= 120_000, where);
                    Assert.Equal(pool.AddressBe(address), blocks.AddressBe(block));
                    held.Add(block, (user, []));
                    leases++;
                    break;
                case 1 when held.Any(static pair => pair.Value.Ports.Count == 0):
                    block = held.First(static pair => pair.Value.Ports.Count == 0).Key;
                    held.Remove(block);
                    blocks.Release(block, now);
                    releasedMs[block] = now;
                    break;
                case < 14 when held.Count > 0:
                    block = held.Keys.ElementAt(prng.Next(held.Count));
                    fullBlocks += Take(blocks, block, held[block].Ports, protocols[prng.Next(3)], (ushort)prng.Next(65536), where) ? 0 : 1;
                    break;
                default:
                    if (held.FirstOrDefault(static pair => pair.Value.Ports.Count > 0) is { Value.Ports: { } ports } pair)
                    {
                        (byte Protocol, ushort Port) port = ports.ElementAt(prng.Next(ports.Count));
                        ports.Remove(port);
                        bool isLast = blocks.FreePort(pair.Key, port.Protocol, BinaryPrimitives.ReverseEndianness(port.Port));
                        Assert.True(isLast == (ports.Count == 0), where);
                    }

                    break;
            }

            Assert.Equal(held.Count, blocks.LeasedCount);
        }

        Assert.True(leases > 20, "the run must have leased blocks");
    }

    [Fact]
    public void TryTakePort_FullPlane_Refuses_OtherProtocolsHaveTheirOwnPorts()
    {
        using var pool = new PublicPool(Settings);
        using var blocks = new PortBlocks(Settings, pool);
        Assert.True(blocks.TryLease(1, 0, FlowTable.None, out uint block));
        var ports = new HashSet<ushort>();
        for (int i = 0; i < 64; i++)
        {
            Assert.True(blocks.TryTakePort(block, IpProtocol.Udp, 0, anyParity: true, out ushort portBe));
            Assert.True(ports.Add(portBe));
        }

        Assert.False(blocks.TryTakePort(block, IpProtocol.Udp, 0, anyParity: true, out _));
        Assert.True(blocks.TryTakePort(block, IpProtocol.Tcp, 0, anyParity: false, out _));
    }

    [Fact]
    public void Blocks_OfSeveralShards_ShareTheRangeWithoutOverlap()
    {
        const int shards = 3;
        NatSettings settings = ShardRig.Defaults with { ShardCount = shards, PortFirst = 1500, PortLast = 64_000 };
        using var pool = new PublicPool(settings);
        var owners = new Dictionary<int, int>();
        for (int shard = 0; shard < shards; shard++)
        {
            using var blocks = new PortBlocks(settings with { ShardIndex = shard }, pool);
            for (uint block = 0; block < (uint)blocks.BlocksPerAddressHere; block++)
            {
                int first = blocks.FirstPort(block);
                Assert.InRange(first, settings.PortFirst, settings.PortLast - settings.PortBlockSize + 1);
                owners.Add(first, shard);
                ushort portBe = BinaryPrimitives.ReverseEndianness((ushort)(first + 5));
                Assert.Equal(shard, pool.ShardOfExternal(pool.AddressBe(0), portBe, IpProtocol.Udp));
                Assert.Equal(block, blocks.BlockOf(0, portBe));
            }
        }

        Assert.Equal(PortBlocks.BlocksPerAddress(settings), owners.Count);
    }

    private static bool Take(
        PortBlocks blocks, uint block, HashSet<(byte Protocol, ushort Port)> ports, byte protocol, ushort insidePort, string where)
    {
        int first = blocks.FirstPort(block);
        bool isFree = Enumerable.Range(first, 64).Any(port => port % 2 == insidePort % 2 && !ports.Contains((protocol, (ushort)port)));
        ushort insideBe = BinaryPrimitives.ReverseEndianness(insidePort);
        Assert.True(blocks.TryTakePort(block, protocol, insideBe, anyParity: false, out ushort portBe) == isFree, where);
        if (!isFree)
            return false;
        ushort taken = BinaryPrimitives.ReverseEndianness(portBe);
        Assert.True(taken >= first && taken < first + 64 && taken % 2 == insidePort % 2, where);
        Assert.True(ports.Add((protocol, taken)), where);
        return true;
    }
}
