using Natflow.Journal.Audit;
using Natflow.Journal.Chain;
using Natflow.Journal.Events;
using Natflow.Journal.Tests.Stores;
using Natflow.Journal.Writing;

namespace Natflow.Journal.Tests.Audit;

/// <summary>Snapshots and cuts may fall behind any event: none is left out, none counts twice, and chains verify.</summary>
[Collection(StoreCollection.Name)]
public sealed class AnyPlaceTests
{
    [Fact]
    public void LOG06_StateAt_SnapshotBehindAnyEvent_IsTheSame()
    {
        using var rig = new AuditRig();
        AppendToOtherStreams(rig);
        string expected = Now(rig);
        foreach (long ordering in Orderings(rig))
        {
            using (IJournalStore store = rig.Place.Location.Open())
            {
                store.DeleteSnapshots(GatewayState.StreamId, long.MaxValue, long.MaxValue);
                store.SaveSnapshot(Load(rig, ordering).Write());
            }

            Assert.Equal(expected, Now(rig));
        }
    }

    [Fact]
    public void Retention_CutBehindAnyEvent_ChainsVerifyAndTheStateIsTheSame()
    {
        using var rig = new AuditRig();
        AppendToOtherStreams(rig);
        string expected = Now(rig);
        long[] orderings = Orderings(rig);
        foreach (long ordering in orderings[..^1]) // One event more goes each time: streams lose all, one, or none.
        {
            using IJournalStore store = rig.Place.Location.Open();
            store.SaveSnapshot(Load(rig, ordering).Write());
            Assert.Equal(1, store.Trim(ordering));
            using IJournalReader reader = rig.Place.Location.OpenReader(computesDigests: true);
            (long count, IReadOnlyList<ChainFinding> findings) = ChainVerifier.VerifyAll(reader);
            Assert.Empty(findings);
            Assert.Equal(orderings.Count(other => other > ordering), count);
            Assert.Equal(expected, Now(rig));
        }
    }

    private static void AppendToOtherStreams(AuditRig rig)
    {
        using JournalWriter writer = rig.OpenWriter();
        for (int i = 0; i < 3; i++)
        {
            writer.Append("one", [new JournalFact(new UserSeen($"10.0.1.{i}", 0), AuditRig.At(6 + i))]);
            writer.Append($"single-{i}", [new JournalFact(new PortBlockAllocated($"10.0.1.{i}", 0, 0, AuditRig.Public, 2048 + (128 * i), 128), AuditRig.At(6.5 + i))]);
        }
    }

    private static GatewayState Load(AuditRig rig, long ordering)
    {
        using IJournalReader reader = rig.Place.Location.OpenReader();
        return GatewayState.Load(reader, EventCatalogue.Default, ordering);
    }

    private static string Now(AuditRig rig) => GatewayStateModel.Of(rig.Ask(static queries => queries.StateAt(AuditRig.At(99)))).ToJson();

    private static long[] Orderings(AuditRig rig)
    {
        using IJournalReader reader = rig.Place.Location.OpenReader();
        return [.. reader.ReadAll(0, long.MaxValue).Select(static entry => entry.Ordering)];
    }
}
