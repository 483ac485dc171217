using Natflow.Core;
using Natflow.Flows.Conntrack;
using Natflow.Flows.Pcp;
using Natflow.Flows.Snapshot;
using Natflow.Flows.Tests.Pcp;
using Natflow.Packets;
using Natflow.Testing;
using Natflow.Testing.Flows;
using static Natflow.Testing.Flows.ShardRig;

namespace Natflow.Flows.Tests.Snapshot;

/// <summary>What one gateway process writes, the next one goes on with; what it cannot use is refused by name, and refused alone.</summary>
public sealed class SnapshotTests
{
    private const long SavedAt = 1_700_000_000_000;

    private static readonly (uint, ushort) Web = (X1, 443);

    public static TheoryData<int> Seeds => [1, 2, 3, 4];

    [Fact]
    public void Restore_EstablishedFlow_GoesOnBothWaysWithPortsBytesAndTimer()
    {
        using var old = new ShardRig();
        (uint, ushort) external = old.Connect((A, 5000), Web);
        old.Wait(TimeSpan.FromMinutes(100));
        using var next = new ShardRig();

        SnapshotReport report = Restore(Save(old), next, awayMs: 20_000);

        Assert.Equal((1, 1, 1, 0), (report.FlowCount, report.UserCount, report.BlockCount, report.RefusedCount));
        Assert.True(next.FromOutside(Frames.Tcp(Web, external, TcpFlags.Ack)).IsForwarded);
        RigPacket back = next.FromInside(Frames.Tcp((A, 5000), Web, TcpFlags.Ack));
        Assert.Equal(external, back.Packet.From);
        Assert.Equal(FlowState.TcpEstablished, next.State.Flows.Flow(0).State);
        Assert.Equal((3u, 2u), (next.State.Flows.Flow(0).PacketsOutLow, next.State.Flows.Flow(0).PacketsInLow));
    }

    [Theory, InlineData(-1, true), InlineData(0, false)]
    public void Restore_TimeAway_CountsAsIdle(int beyondMs, bool lives)
    {
        using var old = new ShardRig();
        (uint, ushort) external = old.Connect((A, 5000), Web);
        old.Wait(TimeSpan.FromMinutes(123.5));
        using var next = new ShardRig();
        _ = Restore(Save(old), next, awayMs: 20_000);

        next.Skip(TimeSpan.FromSeconds(10) + TimeSpan.FromMilliseconds(beyondMs));

        Assert.Equal(lives, next.FromOutside(Frames.Tcp(Web, external, TcpFlags.Ack)).IsForwarded);
    }

    [Fact]
    public void Restore_ExpiredMeanwhile_IsCountedAndItsPortIsFree()
    {
        using var old = new ShardRig();
        _ = old.Map((A, 5000), (X1, 53));
        old.Skip(TimeSpan.FromMinutes(4.9));
        using var next = new ShardRig();

        SnapshotReport report = Restore(Save(old), next, awayMs: 30_000);

        Assert.Equal((0, 1), (report.FlowCount, report.Refused(SnapshotRefusal.Expired)));
        Assert.Equal((0, 0), (next.State.Flows.Count, next.State.Mappings.Count));
    }

    [Fact]
    public void Restore_Mapping_IsKeptForNewDestinationsAndByNobodyElse()
    {
        using var old = new ShardRig(Defaults with { Filtering = FilteringMode.AddressDependent });
        (uint, ushort) external = old.Map((A, 5000), (X1, 53));
        using var next = new ShardRig(Defaults with { Filtering = FilteringMode.AddressDependent });
        _ = Restore(Save(old), next);

        Assert.Equal(external, next.Map((A, 5000), (Y, 53)));
        Assert.True(next.FromOutside(Frames.Udp((X1, 99), external)).IsForwarded);
        Assert.Equal(DropReason.Filtered, next.FromOutside(Frames.Udp((X2, 53), external)).Reason);
        for (ushort port = 1; port < 300; port++)
            Assert.NotEqual(external, next.Map((B, port), (X1, 53)));
    }

    [Fact]
    public void Restore_BlockOnHold_GoesToNobodyUntilItsTime()
    {
        NatSettings settings = Defaults with { PortFirst = 1024, PortLast = 1151, UserIdle = TimeSpan.FromSeconds(1) };
        using var old = new ShardRig(settings);
        _ = old.Map((A, 5000), (X1, 53));
        old.Wait(TimeSpan.FromMinutes(6));
        old.Wait(TimeSpan.FromSeconds(2));
        using var next = new ShardRig(settings);
        SnapshotReport report = Restore(Save(old), next, awayMs: 10_000);

        Assert.Equal(1, report.BlockCount);
        Assert.Equal(DropReason.PortsExhausted, next.FromInside(Frames.Udp((B, 1), (X1, 53))).Reason);
        next.Wait(TimeSpan.FromSeconds(110));
        Assert.True(next.FromInside(Frames.Udp((B, 1), (X1, 53))).IsForwarded);
    }

    [Fact]
    public void Restore_OtherConfiguration_TakesWhatFitsAndCountsTheRest()
    {
        using var old = new ShardRig(Defaults with { PublicAddresses = [E1], PortBlockSize = 128 });
        (uint, ushort) kept = old.Connect((A, 5000), Web);
        using var sameAddress = new ShardRig(Defaults with { PublicAddresses = [E1, E2], PortBlockSize = 256 });
        using var otherAddress = new ShardRig(Defaults with { PublicAddresses = [E2] });
        byte[] snapshot = Save(old);

        Assert.Equal(1, Restore(snapshot, sameAddress).FlowCount);
        SnapshotReport refused = Restore(snapshot, otherAddress);

        Assert.True(sameAddress.FromOutside(Frames.Tcp(Web, kept, TcpFlags.Ack)).IsForwarded);
        Assert.Equal((0, 2), (refused.FlowCount, refused.Refused(SnapshotRefusal.NotConfigured)));
        Assert.Equal(0, otherAddress.State.Flows.Count);
    }

    [Fact]
    public void Restore_EndpointDependentAndHairpinAndForward_AreTakenUp()
    {
        NatSettings settings = Defaults with
        {
            EndpointDependentPorts = [53],
            PortForwards = [new PortForward(IpProtocol.Tcp, E1, 80, A, 8080, 0)],
        };
        using var old = new ShardRig(settings);
        (uint, ushort) dependent = old.Map((A, 5000), (X1, 53));
        (uint, ushort) mapped = old.Map((B, 6000), (X1, 99));
        Assert.True(old.FromInside(Frames.Udp((A, 7000), mapped)).IsForwarded);
        Assert.True(old.FromOutside(Frames.Syn((Y, 1234), (E1, 80))).IsForwarded);
        using var next = new ShardRig(settings);

        SnapshotReport report = Restore(Save(old), next);

        Assert.Equal((old.State.Flows.Count, 0), (report.FlowCount, report.RefusedCount));
        Assert.Equal(old.State.Mappings.Count, next.State.Mappings.Count);
        Assert.True(next.FromOutside(Frames.Udp((X1, 53), dependent)).IsForwarded);
        Assert.True(next.FromInside(Frames.Udp((A, 7000), mapped)).IsForwarded);
        Assert.True(next.FromInside(Frames.Tcp((A, 8080), (Y, 1234), TcpFlags.Syn | TcpFlags.Ack)).IsForwarded);
    }

    [Fact]
    public void Restore_Lease_KeepsItsEndpointOwnerAndEnd()
    {
        NatSettings settings = Defaults with { Pcp = new PcpSettings() };
        using var old = new ShardRig(settings);
        (uint Address, ushort Port) external = old.State.Pcp!.Ask(PcpRig.Map(A, 5000, nonce: 7), A, old.NowMs).External;
        using var next = new ShardRig(settings);

        SnapshotReport report = Restore(Save(old), next, awayMs: 30_000);
        PcpServer server = next.State.Pcp!;

        Assert.Equal((1, 0), (report.LeaseCount, report.RefusedCount));
        Assert.True(next.FromOutside(Frames.Udp((X1, 53), external)).IsForwarded);
        Assert.Equal(PcpResult.NotAuthorized, server.Ask(PcpRig.Map(A, 5000, nonce: 8), A, next.NowMs).Result);
        var page = new PcpLease[2];
        uint cursor = 0;
        Assert.Equal(1, server.CopyLeases(ref cursor, next.NowMs, page));
        Assert.Equal(570u, page[0].RemainingSeconds);
    }

    [Fact]
    public void TryOpen_OldFutureOtherVersionAndForeign_AreNamed()
    {
        using var old = new ShardRig();
        byte[] good = Save(old);
        byte[] version = [.. good];
        version[8]++;
        byte[] foreign = [.. good];
        foreign[0]++;

        Assert.Equal(SnapshotError.None, Open(good, SavedAt + 60_000));
        Assert.Equal(SnapshotError.TooOld, Open(good, SavedAt + 60_001));
        Assert.Equal(SnapshotError.TooOld, Open(good, SavedAt - 60_001));
        Assert.Equal(SnapshotError.OtherVersion, Open(version, SavedAt));
        Assert.Equal(SnapshotError.NotASnapshot, Open(foreign, SavedAt));
        Assert.Equal(SnapshotError.NotASnapshot, Open([], SavedAt));
    }

    [Fact]
    public void TryOpen_AnyBitTurnedOrEndCutOff_IsRefused()
    {
        using var old = new ShardRig();
        _ = old.Connect((A, 5000), Web);
        byte[] good = Save(old);
        for (int at = 0; at < good.Length; at++)
        {
            byte[] bad = [.. good];
            bad[at] ^= (byte)(1 << (at & 7));
            Assert.True(Open(bad, SavedAt) != SnapshotError.None, $"byte {at} of {good.Length}");
            Assert.True(Open(good[..at], SavedAt) != SnapshotError.None, $"cut at {at}");
        }
    }

    // Whoever can write the file can write checksums too: what is in it must not bring the shard down.
    [Theory, MemberData(nameof(Seeds))]
    public void Take_AnyRecords_LeavesTheShardWhole(int seed)
    {
        var prng = new Prng(seed);
        using var old = new ShardRig();
        for (ushort i = 0; i < 50; i++)
            _ = old.Map((A + (uint)(i % 5), (ushort)(4000 + i)), (X1, 53));
        var refused = new HashSet<SnapshotRefusal>();
        for (int round = 0; round < 60; round++)
        {
            using var next = new ShardRig();
            byte[] bad = Save(old);
            int turns = prng.Next(11) + 1;
            SnapshotForgery.Change(bad, turns, prng);
            SnapshotReport report = Restore(bad, next);
            refused.UnionWith(Enum.GetValues<SnapshotRefusal>().Where(reason => report.Refused(reason) != 0));
            Assert.Equal(report.FlowCount, next.State.Flows.Count);
            next.Wait(TimeSpan.FromHours(3));
            next.Wait(TimeSpan.FromHours(3));
            Assert.Equal((0, 0), (next.State.Flows.Count, next.State.Mappings.Count));
            _ = next.FromInside(Frames.Udp((B, 1), (X1, 53)));
        }

        Assert.True(refused.Count > 2, $"seed {seed}: only {string.Join(", ", refused)}");
    }

    private static byte[] Save(ShardRig rig)
    {
        using var stream = new MemoryStream();
        SnapshotWriter.Write(stream, [rig.State], rig.NowMs, SavedAt, CancellationToken.None);
        return stream.ToArray();
    }

    private static SnapshotError Open(byte[] bytes, long unixMs)
    {
        using var stream = new MemoryStream(bytes);
        return SnapshotReader.TryOpen(stream, unixMs, TimeSpan.FromSeconds(60), out _);
    }

    private static SnapshotReport Restore(byte[] bytes, ShardRig rig, long awayMs = 0)
    {
        using var stream = new MemoryStream(bytes);
        Assert.Equal(SnapshotError.None, SnapshotReader.TryOpen(stream, SavedAt + awayMs, TimeSpan.FromSeconds(60), out SnapshotReader? reader));
        return reader!.Restore([rig.State], rig.NowMs, SavedAt + awayMs);
    }
}
