using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Alg;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;

namespace Natflow.Flows.Pcp;

/// <summary>Gives, renews and ends leases: mapping records with a lifetime, held without flows. Owner thread only.</summary>
internal sealed class PcpLeases : IDisposable
{
    private const int StepsPerAdvance = 256;

    private readonly ShardState _shard;
    private PcpSettings _settings;
    private readonly MappingMaker _mappings;

    internal PcpLeases(ShardState shard, PcpSettings settings)
    {
        _shard = shard;
        _settings = settings;
        _mappings = new MappingMaker(shard);
        Table = new PcpLeaseTable(settings.LeaseCapacity, shard.Settings.UserCapacity);
    }

    internal PcpLeaseTable Table { get; }

    /// <summary>Takes other limits.</summary>
    internal void Apply(PcpSettings settings) => _settings = settings;

    /// <summary>Finds or makes the subscriber of an address.</summary>
    internal PcpResult TryFindUser(uint addressBe, ushort zone, long nowMs, out uint userIndex)
    {
        userIndex = FlowTable.None;
        if (_shard.LanPrefixes.Length != 0 && !_shard.IsLan(BinaryPrimitives.ReverseEndianness(addressBe)))
            return PcpResult.NotAuthorized;
        userIndex = _shard.Users.Find(addressBe, zone);
        if (userIndex == FlowTable.None)
        {
            userIndex = _shard.Users.Add(addressBe, zone, nowMs);
            if (userIndex == FlowTable.None)
                return PcpResult.NoResources;
            _shard.Counters.UsersSeen++;
        }

        return _shard.Users[userIndex].PolicyVerdict == Verdict.Drop ? PcpResult.NotAuthorized : PcpResult.Success;
    }

    /// <summary>The public address of a subscriber; it is paired with one if it has none yet. 0 when no address has room.</summary>
    internal uint AddressOf(uint userIndex)
    {
        int addressIndex = _mappings.PairAny(userIndex);
        return addressIndex < 0 ? 0 : _shard.Pool.AddressBe(addressIndex);
    }

    /// <summary>Gives or renews a lease.</summary>
    /// <param name="userIndex">The subscriber.</param>
    /// <param name="wish">What is asked for.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <param name="granted">External endpoint and lifetime, on success.</param>
    internal PcpResult Grant(uint userIndex, in PcpWish wish, long nowMs, out PcpGrant granted)
    {
        granted = default;
        FlowKey key = KeyOf(userIndex, in wish);
        int staticIndex = _shard.Pool.StaticIndexOf(key.SrcAddrBe, key.Zone);
        if (staticIndex >= 0)
            return GrantStatic(_shard.Pool.AddressBe(staticIndex), key.SrcPortBe, in wish, out granted);
        uint mappingIndex = _shard.Mappings.Find(in key);
        if (mappingIndex != FlowTable.None && _shard.Mappings[mappingIndex].UserIndex == FlowTable.None)
            return GrantStatic(_shard.Mappings[mappingIndex].ExternalAddrBe, _shard.Mappings[mappingIndex].ExternalPortBe, in wish, out granted);

        uint leaseIndex = mappingIndex == FlowTable.None
            ? FlowTable.None
            : Table.Find(userIndex, mappingIndex, wish.Opcode, wish.RemoteAddrBe, wish.RemotePortBe);
        if (leaseIndex != FlowTable.None && Table[leaseIndex].UntilMs <= nowMs)
        {
            End(leaseIndex, nowMs); // Over, though nobody came round to it yet; the mapping may have gone with it.
            mappingIndex = _shard.Mappings.Find(in key);
            leaseIndex = FlowTable.None;
        }

        if (leaseIndex != FlowTable.None && Table[leaseIndex].Nonce != wish.Nonce)
            return PcpResult.NotAuthorized;
        if (mappingIndex != FlowTable.None && wish.PreferFailure && !IsSuggested(_shard.Mappings[mappingIndex].ExternalAddrBe, _shard.Mappings[mappingIndex].ExternalPortBe, in wish))
            return PcpResult.CannotProvideExternal;

        long lifetimeMs = LifetimeMs(wish.LifetimeSeconds);
        if (leaseIndex == FlowTable.None)
        {
            PcpResult result = MakeLease(userIndex, in key, in wish, mappingIndex, nowMs, nowMs + lifetimeMs, out leaseIndex);
            if (result != PcpResult.Success)
                return result;
        }

        Table[leaseIndex].UntilMs = nowMs + lifetimeMs;
        return LetPeerIn(leaseIndex, in wish, nowMs, lifetimeMs, out granted);
    }

    /// <summary>Ends what a request with lifetime 0 names: one endpoint, or all of a protocol, or all (RFC 6887 section 15).</summary>
    internal PcpResult Delete(uint userIndex, in PcpWish wish, long nowMs)
    {
        FlowKey key = KeyOf(userIndex, in wish);
        uint mappingIndex = wish.InsidePortBe != 0 ? _shard.Mappings.Find(in key) : FlowTable.None;
        if (mappingIndex != FlowTable.None && _shard.Mappings[mappingIndex].UserIndex == FlowTable.None)
            return PcpResult.NotAuthorized;

        var result = PcpResult.Success;
        for (uint index = Table.FirstOf(userIndex); index != FlowTable.None;)
        {
            uint next = Table.NextOf(index);
            ref PcpLeaseRecord lease = ref Table[index];
            if (Names(in wish, in lease, mappingIndex))
            {
                if (lease.Nonce == wish.Nonce)
                    End(index, nowMs);
                else
                    result = PcpResult.NotAuthorized;
            }

            index = next;
        }

        return result;
    }

    /// <summary>Ends a lease: the mapping goes unless flows use it.</summary>
    internal void End(uint leaseIndex, long nowMs)
    {
        PcpLeaseRecord lease = Table[leaseIndex];
        Table.Remove(leaseIndex);
        MappingFlags over = lease.Opcode == PcpOpcode.Map ? MappingFlags.OpenToAll : MappingFlags.None;
        if (!HasLease(lease.UserIndex, lease.MappingIndex))
            over |= MappingFlags.Explicit;
        _shard.Mappings[lease.MappingIndex].Flags &= ~over;
        _shard.ReleaseMapping(lease.MappingIndex, lease.UserIndex, nowMs);
    }

    /// <summary>The lease that a wish names, or <see cref="FlowTable.None"/>.</summary>
    internal uint IndexOf(uint userIndex, in PcpWish wish)
    {
        FlowKey key = KeyOf(userIndex, in wish);
        uint mappingIndex = _shard.Mappings.Find(in key);
        return mappingIndex == FlowTable.None ? FlowTable.None : Table.Find(userIndex, mappingIndex, wish.Opcode, wish.RemoteAddrBe, wish.RemotePortBe);
    }

    /// <summary>Ends a lease of the same endpoint that has another proof of ownership, or another external endpoint.</summary>
    internal void EndStale(uint userIndex, in PcpWish wish, uint externalAddrBe, ushort externalPortBe, long nowMs)
    {
        uint index = IndexOf(userIndex, in wish);
        if (index == FlowTable.None)
            return;
        ref MappingRecord mapping = ref _shard.Mappings[Table[index].MappingIndex];
        if (Table[index].Nonce != wish.Nonce || mapping.ExternalAddrBe != externalAddrBe || mapping.ExternalPortBe != externalPortBe)
            End(index, nowMs);
    }

    /// <summary>Ends leases whose time is over. Bounded.</summary>
    internal void Advance(long nowMs)
    {
        int steps = Table.Count == 0 ? 0 : StepsPerAdvance;
        while (steps > 0 && Table.TryFindOver(nowMs, ref steps, out uint index))
            End(index, nowMs);
    }

    /// <summary>A lease as others see it.</summary>
    internal PcpLease Read(uint leaseIndex, long nowMs)
    {
        ref PcpLeaseRecord lease = ref Table[leaseIndex];
        ref MappingRecord mapping = ref _shard.Mappings[lease.MappingIndex];
        return new PcpLease(
            lease.Opcode, mapping.Protocol, mapping.InsideAddrBe, mapping.InsidePortBe, mapping.Zone, mapping.ExternalAddrBe,
            mapping.ExternalPortBe, lease.RemoteAddrBe, lease.RemotePortBe, lease.Nonce, (uint)(Math.Max(0, lease.UntilMs - nowMs + 999) / 1000));
    }

    /// <inheritdoc />
    public void Dispose() => Table.Dispose();

    private static bool IsSuggested(uint externalAddrBe, ushort externalPortBe, in PcpWish wish) =>
        (wish.SuggestedPortBe == 0 || wish.SuggestedPortBe == externalPortBe) && (wish.SuggestedAddrBe == 0 || wish.SuggestedAddrBe == externalAddrBe);

    private bool HasLease(uint userIndex, uint mappingIndex)
    {
        for (uint index = Table.FirstOf(userIndex); index != FlowTable.None; index = Table.NextOf(index))
        {
            if (Table[index].MappingIndex == mappingIndex)
                return true;
        }

        return false;
    }

    private FlowKey KeyOf(uint userIndex, in PcpWish wish) =>
        new(_shard.Users[userIndex].AddressBe, 0, wish.InsidePortBe, 0, _shard.Users[userIndex].Zone, wish.Protocol, Side.Lan);

    private bool Names(in PcpWish wish, ref readonly PcpLeaseRecord lease, uint mappingIndex)
    {
        if (lease.Opcode != wish.Opcode)
            return false;
        if (wish.InsidePortBe == 0)
            return wish.Protocol == 0 || _shard.Mappings[lease.MappingIndex].Protocol == wish.Protocol;
        return lease.MappingIndex == mappingIndex && lease.RemoteAddrBe == wish.RemoteAddrBe && lease.RemotePortBe == wish.RemotePortBe;
    }

    // An operator's mapping stays as long as the configuration does.
    private PcpResult GrantStatic(uint externalAddrBe, ushort externalPortBe, in PcpWish wish, out PcpGrant granted)
    {
        granted = new PcpGrant(externalAddrBe, externalPortBe, (uint)_settings.LifetimeMax.TotalSeconds);
        return wish.PreferFailure && !IsSuggested(externalAddrBe, externalPortBe, in wish) ? PcpResult.CannotProvideExternal : PcpResult.Success;
    }

    private PcpResult MakeLease(
        uint userIndex, in FlowKey key, in PcpWish wish, uint mappingIndex, long nowMs, long untilMs, out uint leaseIndex)
    {
        leaseIndex = FlowTable.None;
        if (Table.CountOf(userIndex) >= _settings.LeasesPerUserMax)
            return PcpResult.UserExceededQuota;
        if (Table.Count >= _settings.LeaseCapacity)
            return PcpResult.NoResources;
        if (mappingIndex == FlowTable.None)
        {
            bool isExact = _mappings.TryMapExact(userIndex, in key, wish.SuggestedAddrBe, wish.SuggestedPortBe, nowMs, out mappingIndex);
            if (!isExact && wish.PreferFailure && (wish.SuggestedPortBe | wish.SuggestedAddrBe) != 0)
                return PcpResult.CannotProvideExternal;
            DropReason reason = isExact ? DropReason.None : _mappings.TryMapInside(userIndex, in key, nowMs, out mappingIndex);
            if (reason != DropReason.None)
                return ToResult(reason);
        }

        _shard.HoldMapping(mappingIndex, userIndex);
        _shard.Mappings[mappingIndex].Flags |= wish.Opcode == PcpOpcode.Map ? MappingFlags.OpenToAll | MappingFlags.Explicit : MappingFlags.Explicit;
        leaseIndex = Table.Add(new PcpLeaseRecord
        {
            UntilMs = untilMs,
            NonceHigh = wish.Nonce.High,
            NonceLow = wish.Nonce.Low,
            MappingIndex = mappingIndex,
            UserIndex = userIndex,
            RemoteAddrBe = wish.RemoteAddrBe,
            RemotePortBe = wish.RemotePortBe,
            Opcode = wish.Opcode,
        });
        return PcpResult.Success;
    }

    // A peer is let in by filtering as if the subscriber had sent to it (RFC 6887 section 12.3).
    private PcpResult LetPeerIn(uint leaseIndex, in PcpWish wish, long nowMs, long lifetimeMs, out PcpGrant granted)
    {
        ref PcpLeaseRecord lease = ref Table[leaseIndex];
        ref MappingRecord mapping = ref _shard.Mappings[lease.MappingIndex];
        granted = new PcpGrant(mapping.ExternalAddrBe, mapping.ExternalPortBe, (uint)(lifetimeMs / 1000));
        if (wish.Opcode != PcpOpcode.Peer)
            return PcpResult.Success;
        var peer = new Announcement(wish.InsidePortBe, wish.Protocol, wish.RemoteAddrBe, wish.RemotePortBe, IsOnce: false, nowMs + lifetimeMs);
        if (_shard.Alg.TryExpect(lease.UserIndex, lease.MappingIndex, in peer, nowMs))
            return PcpResult.Success;
        End(leaseIndex, nowMs);
        return PcpResult.NoResources;
    }

    private long LifetimeMs(uint seconds)
    {
        double clamped = Math.Clamp(seconds, _settings.LifetimeMin.TotalSeconds, _settings.LifetimeMax.TotalSeconds);
        return (long)clamped * 1000;
    }

    private static PcpResult ToResult(DropReason reason) => reason switch
    {
        DropReason.PortQuotaExceeded or DropReason.FlowQuotaExceeded or DropReason.MappingRateExceeded => PcpResult.UserExceededQuota,
        DropReason.Policy => PcpResult.NotAuthorized,
        _ => PcpResult.NoResources,
    };
}
