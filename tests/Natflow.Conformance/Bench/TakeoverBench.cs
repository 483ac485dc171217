using Natflow.Gateway.Replication;

namespace Natflow.Conformance.Bench;

/// <summary>A gateway and another that stands by: what the first tells makes the second's tables, by the messages that a cluster uses.</summary>
internal sealed class TakeoverBench : IDisposable
{
    private readonly List<(int Shard, ReplicationLink Link)> _links = [];
    private readonly WireLog _log;

    /// <summary>Puts a standby beside a gateway; nothing is told yet.</summary>
    internal TakeoverBench(GatewayBench owner)
    {
        Owner = owner;
        _log = new WireLog($"standby-{owner.Path}-{Guid.NewGuid():N}");
        Standby = new GatewayBench(owner.Path, owner.Settings, _log);
        for (int shard = 0; shard < owner.Settings.ShardCount; shard++)
        {
            Standby.Plane.SetOwnedUntil(shard, 0);
            var link = new ReplicationLink();
            _links.Add((shard, link));
            _ = owner.Plane.Ask<TapRequest>(shard, new TapRequest(link, AgeMs: 0));
            _ = Standby.Plane.Ask<ReplicaResetRequest>(shard, ReplicaResetRequest.Instance);
        }

        owner.Settle();
        Standby.Settle();
    }

    /// <summary>Who forwards at first.</summary>
    internal GatewayBench Owner { get; }

    /// <summary>Who is to go on.</summary>
    internal GatewayBench Standby { get; }

    /// <summary>Brings what the owner has to tell: all of it, for its clock moves on by more than a pass.</summary>
    /// <param name="lost">Whether a batch gets lost on its way.</param>
    internal void Tell(Func<int, bool>? lost = null)
    {
        int number = 0;
        for (int turn = 0; turn < 50; turn++)
        {
            Owner.Wait(TimeSpan.FromMilliseconds(1));
            Owner.Settle();
            foreach ((int shard, ReplicationLink link) in _links)
            {
                while (link.TryTake(out ReplicationChunk chunk))
                {
                    byte[] records = link.Records(in chunk).ToArray();
                    link.Return(in chunk);
                    if (records.Length != 0 && !(lost?.Invoke(number++) ?? false))
                        Apply(shard, records);
                }
            }
        }
    }

    /// <summary>Begins anew with everything.</summary>
    internal void TellAll()
    {
        foreach ((int shard, ReplicationLink link) in _links)
        {
            _ = Owner.Plane.Ask<TapRequest>(shard, new TapRequest(link, AgeMs: 0));
            _ = Standby.Plane.Ask<ReplicaResetRequest>(shard, ReplicaResetRequest.Instance);
        }

        Owner.Settle();
        Standby.Settle();
        Tell();
    }

    /// <summary>The owner stops, tells the rest, and the standby goes on.</summary>
    internal void HandOver()
    {
        foreach ((int shard, _) in _links)
        {
            Owner.Plane.SetOwnedUntil(shard, 0);
            _ = Owner.Plane.Ask<TapFlushRequest>(shard, TapFlushRequest.Instance);
        }

        Tell();
        TakeOver();
    }

    /// <summary>The owner is dead: the standby goes on with what it was told.</summary>
    internal void TakeOver()
    {
        foreach ((int shard, _) in _links)
        {
            Owner.Plane.SetOwnedUntil(shard, 0);
            Standby.Plane.SetOwnedUntil(shard, long.MaxValue);
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach ((int shard, _) in _links)
            _ = Owner.Plane.Ask<TapRequest>(shard, new TapRequest(Link: null, AgeMs: 0));
        Owner.Settle();
        Standby.Dispose();
        _log.Dispose();
        _links.ForEach(static pair => pair.Link.Dispose());
    }

    private void Apply(int shard, byte[] records)
    {
        Task<ReplicaAnswer> answer = Standby.Plane.Ask<ReplicaAnswer>(shard, new ReplicaRecords(records));
        Standby.Settle();
        Assert.True(answer.IsCompletedSuccessfully && answer.GetAwaiter().GetResult().IsWhole, "the standby takes whole records");
    }
}
