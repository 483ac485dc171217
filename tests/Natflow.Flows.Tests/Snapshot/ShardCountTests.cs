using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Snapshot;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Flows.Tests.Snapshot;

/// <summary>A gateway that starts again with another number of shards: what is taken up is where its packets come, the rest is refused whole.</summary>
public sealed class ShardCountTests
{
    private const int UserCount = 60;

    private static readonly (uint, ushort) Server = (X1, 53);

    [Theory, InlineData(3), InlineData(2)]
    public void Restore_OneShardAfterSeveral_TakesEverything(int before)
    {
        ShardRig[] old = Split(before);
        ShardRig[] next = Split(1);
        (uint, ushort)[] external = Open(old);

        SnapshotReport report = Hand(old, next);

        Assert.Equal((UserCount, UserCount, 0), (report.FlowCount, report.UserCount, report.RefusedCount));
        for (int i = 0; i < UserCount; i++)
            AssertReaches(next[0], i, external[i]);
        Dispose(old, next);
    }

    [Theory, InlineData(1, 3), InlineData(2, 3)]
    public void Restore_MoreShards_TakesWhoseSubscriberAndPortAreOfOneShardAndRefusesTheRest(int before, int after)
    {
        ShardRig[] old = Split(before);
        ShardRig[] next = Split(after);
        (uint, ushort)[] external = Open(old);

        SnapshotReport report = Hand(old, next);

        int taken = 0;
        for (int i = 0; i < UserCount; i++)
        {
            int inside = OwnerOf(next, i);
            int outside = next[0].Pool.ShardOfExternal(BigEndian(external[i].Item1), BinaryPrimitives.ReverseEndianness(external[i].Item2), IpProtocol.Udp);
            if (inside != outside)
            {
                // It starts anew, from a port of its own shard; the old port is nobody's.
                Assert.Equal(DropReason.NoMapping, next[outside].FromOutside(Frames.Udp(Server, external[i])).Reason);
                continue;
            }

            AssertReaches(next[inside], i, external[i]);
            taken++;
        }

        Assert.Equal(taken, report.FlowCount);
        Assert.InRange(taken, 1, UserCount - 1);
        Assert.Equal(taken, next.Sum(static rig => rig.State.Flows.Count));
        Assert.True(report.Refused(SnapshotRefusal.NotConfigured) >= UserCount - taken, report.RefusedText());
        for (int i = 0; i < UserCount; i++)
            Assert.True(next[OwnerOf(next, i)].FromInside(Frames.Udp((User(i), 9000), Server)).IsForwarded);
        Dispose(old, next);
    }

    private static uint User(int number) => A + (uint)number;

    private static uint BigEndian(uint address) => BinaryPrimitives.ReverseEndianness(address);

    private static ShardRig[] Split(int shardCount) =>
        [.. Enumerable.Range(0, shardCount).Select(index => new ShardRig(Defaults with { ShardCount = shardCount, ShardIndex = index }))];

    private static int OwnerOf(ShardRig[] rigs, int user) => rigs[0].Pool.ShardOfUser(BigEndian(User(user)), 0);

    private static (uint, ushort)[] Open(ShardRig[] rigs) =>
        [.. Enumerable.Range(0, UserCount).Select(i => rigs[OwnerOf(rigs, i)].Map((User(i), 5000), Server))];

    private static SnapshotReport Hand(ShardRig[] old, ShardRig[] next) => SnapshotRoundTrip.Restore(
        SnapshotRoundTrip.Save(old[0].NowMs, [.. old.Select(static rig => rig.State)]), next[0].NowMs, awayMs: 0, [.. next.Select(static rig => rig.State)]);

    private static void AssertReaches(ShardRig rig, int user, (uint, ushort) external)
    {
        RigPacket packet = rig.FromOutside(Frames.Udp(Server, external));
        Assert.True(packet.IsForwarded, $"user {user}: {packet.Reason}");
        Assert.Equal((User(user), (ushort)5000), packet.Packet.To);
    }

    private static void Dispose(params ShardRig[][] rigs)
    {
        foreach (ShardRig rig in rigs.SelectMany(static some => some))
            rig.Dispose();
    }
}
