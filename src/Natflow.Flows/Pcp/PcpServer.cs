using System.Buffers.Binary;
using Natflow.Core;
using Natflow.Flows.Shards;
using Natflow.Flows.Table;

namespace Natflow.Flows.Pcp;

/// <summary>
/// A shard's port control: answers PCP (RFC 6887) and NAT-PMP (RFC 6886) requests of its subscribers, keeps their leases. Pure: bytes in,
/// bytes out; the socket is the caller's.
/// </summary>
/// <remarks>
/// Owner thread of the shard only. A granted endpoint is the mapping of the inside endpoint, so what that endpoint sends leaves from the
/// granted port (RFC 4787 REQ-1). No allocation for a request. Requests must come from the LAN side alone (RFC 6887 section 18.1).
/// </remarks>
public sealed class PcpServer : IDisposable
{
    /// <summary>UDP port of both protocols.</summary>
    public const ushort Port = 5351;

    /// <summary>UDP port on which clients listen for announcements, at 224.0.0.1.</summary>
    public const ushort ClientPort = 5350;

    /// <summary>Bytes that a response buffer needs.</summary>
    public const int ResponseBytesMax = PcpRequest.MessageBytesMax;

    private const byte ResponseBit = 0x80;
    private const uint ErrorSecondsShort = 30;
    private const uint ErrorSecondsLong = 1800;

    private readonly ShardState _shard;
    private PcpSettings _settings;
    private readonly PcpLeases _leases;
    private readonly NatPmp _natPmp;
    private Ipv4Prefix[] _thirdPartyRequesters;
    private long _epochStartMs;

    /// <summary>Makes the server of a shard.</summary>
    /// <param name="shard">The shard; outlives this.</param>
    /// <param name="settings">Valid settings (<see cref="PcpSettings.Validate"/>).</param>
    /// <param name="nowMs">Shard clock: the epoch begins here.</param>
    public PcpServer(ShardState shard, PcpSettings settings, long nowMs)
    {
        if (settings.Validate() is { Count: > 0 } errors)
            throw new ArgumentException(string.Join("; ", errors), nameof(settings));
        _shard = shard;
        _settings = settings;
        _epochStartMs = nowMs;
        _leases = new PcpLeases(shard, settings);
        _natPmp = new NatPmp(_leases);
        _thirdPartyRequesters = [.. settings.ThirdPartyRequesters];
        for (int i = 0; i < shard.Pool.Count; i++)
            IsBehindNat |= NatPmp.IsNotPublic(BinaryPrimitives.ReverseEndianness(shard.Pool.AddressBe(i)));
    }

    /// <summary>Takes other limits; room for leases stays as it is. A lease keeps the time it was given.</summary>
    /// <param name="rules">Valid settings.</param>
    internal void Apply(PcpSettings rules)
    {
        _settings = rules with { LeaseCapacity = _settings.LeaseCapacity };
        _thirdPartyRequesters = [.. rules.ThirdPartyRequesters];
        _leases.Apply(_settings);
    }

    /// <summary>Whether one of the public addresses is itself private or shared (RFC 1918, RFC 6598): a second NAT lies upstream.</summary>
    public bool IsBehindNat { get; }

    /// <summary>Leases that are held, those whose end was not noticed yet included.</summary>
    public int LeaseCount => _leases.Table.Count;

    /// <summary>Most leases.</summary>
    internal int LeaseCapacity => _settings.LeaseCapacity;

    /// <summary>Highest index of a lease ever used, plus one.</summary>
    internal uint LeaseIndexEnd => _leases.Table.UsedIndexEnd;

    /// <summary>Bytes reserved.</summary>
    public long LengthBytes => _leases.Table.LengthBytes;

    /// <summary>The address whose shard must handle a request: the sender's, or the one it asks for by THIRD_PARTY. Any thread.</summary>
    /// <param name="request">Any bytes.</param>
    /// <param name="sourceAddrBe">Sender, network byte order.</param>
    public static uint SubjectOf(ReadOnlySpan<byte> request, uint sourceAddrBe) =>
        request.Length >= 2 && request[0] == PcpRequest.Version && PcpRequest.TryParse(request, out PcpRequest parsed) == PcpResult.Success
        && parsed.ThirdPartyAddrBe != 0
            ? parsed.ThirdPartyAddrBe
            : sourceAddrBe;

    /// <summary>Answers a request.</summary>
    /// <param name="request">UDP payload, any bytes.</param>
    /// <param name="sourceAddrBe">Sender, network byte order.</param>
    /// <param name="zone">Zone of the LAN port it came by.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <param name="response">At least <see cref="ResponseBytesMax"/> bytes; not the request's own memory.</param>
    /// <returns>Bytes of the response; 0 where none is sent: responses, and fragments of messages.</returns>
    public int Handle(ReadOnlySpan<byte> request, uint sourceAddrBe, ushort zone, long nowMs, Span<byte> response)
    {
        if (response.Length < ResponseBytesMax)
            throw new ArgumentException($"needs {ResponseBytesMax} bytes", nameof(response));
        if (request.Length < 2 || (request[1] & ResponseBit) != 0)
            return 0;
        if (request[0] == NatPmp.Version && _settings.NatPmp)
            return _natPmp.Handle(request, sourceAddrBe, zone, nowMs, Epoch(nowMs), MayMap, response);

        PcpRequest parsed = default;
        PcpGrant granted = default;
        PcpResult result = request[0] == PcpRequest.Version
            ? PcpRequest.TryParse(request, out parsed)
            : PcpResult.UnsupportedVersion;
        if (result == PcpResult.Success && parsed.ClientAddrBe != sourceAddrBe)
            result = PcpResult.AddressMismatch;
        if (result == PcpResult.Success && parsed.Opcode != PcpOpcode.Announce)
            result = Decide(in parsed, sourceAddrBe, zone, nowMs, out granted);
        return Write(request, in parsed, result, in granted, nowMs, response);
    }

    /// <summary>Ends leases whose time is over. Bounded; call once a burst or tick.</summary>
    public void Advance(long nowMs) => _leases.Advance(nowMs);

    /// <summary>Writes the announcement that state was lost (RFC 6887 section 14.1.1), to be sent to 224.0.0.1 at <see cref="ClientPort"/>.</summary>
    /// <param name="nowMs">Shard clock.</param>
    /// <param name="message">At least 24 bytes.</param>
    /// <returns>Bytes written.</returns>
    public int WriteAnnounce(long nowMs, Span<byte> message)
    {
        message[..PcpRequest.HeaderBytes].Clear();
        message[0] = PcpRequest.Version;
        message[1] = ResponseBit;
        BinaryPrimitives.WriteUInt32BigEndian(message[8..], Epoch(nowMs));
        return PcpRequest.HeaderBytes;
    }

    /// <summary>Begins a new epoch: leases were lost, clients must ask anew.</summary>
    public void RestartEpoch(long nowMs) => _epochStartMs = nowMs;

    /// <summary>Copies leases, a page at a time.</summary>
    /// <param name="cursor">0 at first; goes on from where the last page ended.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <param name="page">Receives leases.</param>
    /// <returns>Leases copied; 0 at the end.</returns>
    public int CopyLeases(ref uint cursor, long nowMs, Span<PcpLease> page)
    {
        int count = 0;
        for (; cursor < _leases.Table.UsedIndexEnd && count < page.Length; cursor++)
        {
            if (_leases.Table[cursor].UntilMs > nowMs)
                page[count++] = _leases.Read(cursor, nowMs);
        }

        return count;
    }

    /// <summary>Ends every lease of an external endpoint; flows that use its mapping go on until they are idle.</summary>
    /// <returns>Number of leases that ended.</returns>
    public int Revoke(byte protocol, uint externalAddrBe, ushort externalPortBe, long nowMs)
    {
        int count = 0;
        for (uint index = 0; index < _leases.Table.UsedIndexEnd; index++)
        {
            if (_leases.Table[index].UntilMs == 0)
                continue;
            PcpLease lease = _leases.Read(index, nowMs);
            if (lease.Protocol != protocol || lease.ExternalAddrBe != externalAddrBe || lease.ExternalPortBe != externalPortBe)
                continue;
            _leases.End(index, nowMs);
            count++;
        }

        return count;
    }

    /// <summary>
    /// Ends the leases on a public address that was taken out of service, and begins a new epoch, so that clients ask anew (RFC 6887 section 8.5): with
    /// or without leases, for clients compare the answers of this shard with an announcement that is for all.
    /// </summary>
    /// <returns>Number of leases that ended.</returns>
    public int OnAddressWithdrawn(uint externalAddrBe, long nowMs)
    {
        int count = 0;
        for (uint index = 0; index < _leases.Table.UsedIndexEnd; index++)
        {
            if (_leases.Table[index].UntilMs == 0 || _leases.Read(index, nowMs).ExternalAddrBe != externalAddrBe)
                continue;
            _leases.End(index, nowMs);
            count++;
        }

        RestartEpoch(nowMs);
        return count;
    }

    /// <summary>Reads the lease of an index.</summary>
    /// <returns>False where there is none whose time is not over.</returns>
    internal bool TryRead(uint index, long nowMs, out PcpLease lease, out long untilMs)
    {
        untilMs = index < LeaseIndexEnd ? _leases.Table[index].UntilMs : 0;
        lease = untilMs > nowMs ? _leases.Read(index, nowMs) : default;
        return untilMs > nowMs;
    }

    /// <summary>Whether an index is that of a lease, whatever time it has left.</summary>
    internal bool IsAt(uint index, in PcpLease lease) => index < LeaseIndexEnd && _leases.Table[index].UntilMs != 0
        && _leases.Read(index, 0) with { RemainingSeconds = 0 } == lease with { RemainingSeconds = 0 };

    /// <summary>Ends the lease of an index, if there is one.</summary>
    internal void EndAt(uint index, long nowMs)
    {
        if (index < LeaseIndexEnd && _leases.Table[index].UntilMs != 0)
            _leases.End(index, nowMs);
    }

    /// <summary>Keeps a lease as another node has given it: to the second, and though one of its endpoint has not ended yet here.</summary>
    /// <param name="lease">The lease.</param>
    /// <param name="nowMs">Shard clock.</param>
    /// <param name="index">Its index, on success.</param>
    internal PcpResult TryKeep(in PcpLease lease, long nowMs, out uint index)
    {
        index = FlowTable.None;
        PcpResult result = _leases.TryFindUser(lease.InsideAddrBe, lease.Zone, nowMs, out uint userIndex);
        if (result != PcpResult.Success)
            return result;
        PcpWish wish = ToWish(in lease);
        _leases.EndStale(userIndex, in wish, lease.ExternalAddrBe, lease.ExternalPortBe, nowMs);
        result = _leases.Grant(userIndex, in wish, nowMs, out _);
        index = result == PcpResult.Success ? _leases.IndexOf(userIndex, in wish) : FlowTable.None;
        if (index == FlowTable.None)
            return result == PcpResult.Success ? PcpResult.NoResources : result; // An operator's mapping: it needs no lease.
        _leases.Table[index].UntilMs = nowMs + (lease.RemainingSeconds * 1000L);
        return PcpResult.Success;
    }

    /// <summary>Takes over a lease of an earlier run or of another node, with its external endpoint and remaining time.</summary>
    /// <returns>What a client would have been told; nothing changes unless it is success.</returns>
    public PcpResult TryRestore(in PcpLease lease, long nowMs)
    {
        PcpResult result = _leases.TryFindUser(lease.InsideAddrBe, lease.Zone, nowMs, out uint userIndex);
        if (result != PcpResult.Success)
            return result;
        PcpWish wish = ToWish(in lease);
        return _leases.Grant(userIndex, in wish, nowMs, out _);
    }

    /// <inheritdoc />
    public void Dispose() => _leases.Dispose();

    private bool MayMap => _settings.AllowBehindNat || !IsBehindNat;

    private uint Epoch(long nowMs) => (uint)Math.Max(0, (nowMs - _epochStartMs) / 1000);

    private PcpResult Decide(in PcpRequest request, uint sourceAddrBe, ushort zone, long nowMs, out PcpGrant granted)
    {
        granted = default;
        if (request.HasThirdParty && (!MayActForOthers(sourceAddrBe) || request.ThirdPartyAddrBe == 0))
            return PcpResult.NotAuthorized;
        if (request.HasThirdParty && request.ThirdPartyAddrBe == sourceAddrBe)
            return PcpResult.MalformedRequest; // RFC 6887 section 13.1.
        bool isDelete = request.LifetimeSeconds == 0;
        bool isAll = request.Protocol == 0 || request.InternalPort == 0;
        if ((isAll && !isDelete) || request.Protocol is not (0 or IpProtocol.Tcp or IpProtocol.Udp))
            return PcpResult.UnsupportedProtocol;
        if (!isDelete && !MayMap)
            return PcpResult.NetworkFailure;
        if (request.Opcode == PcpOpcode.Peer && request.RemoteAddrBe == 0)
            return PcpResult.MalformedRequest; // An IPv6 peer of an IPv4 endpoint.

        PcpResult result = _leases.TryFindUser(request.HasThirdParty ? request.ThirdPartyAddrBe : sourceAddrBe, zone, nowMs, out uint userIndex);
        if (result != PcpResult.Success)
            return result;
        PcpWish wish = ToWish(in request);
        return isDelete ? _leases.Delete(userIndex, in wish, nowMs) : _leases.Grant(userIndex, in wish, nowMs, out granted);
    }

    private bool MayActForOthers(uint sourceAddrBe)
    {
        uint source = BinaryPrimitives.ReverseEndianness(sourceAddrBe);
        foreach (Ipv4Prefix prefix in _thirdPartyRequesters)
        {
            if (prefix.Contains(source))
                return true;
        }

        return false;
    }

    private static PcpWish ToWish(in PcpLease lease) => new()
    {
        Opcode = lease.Opcode,
        Protocol = lease.Protocol,
        InsidePortBe = lease.InsidePortBe,
        SuggestedAddrBe = lease.ExternalAddrBe,
        SuggestedPortBe = lease.ExternalPortBe,
        RemoteAddrBe = lease.RemoteAddrBe,
        RemotePortBe = lease.RemotePortBe,
        Nonce = lease.Nonce,
        LifetimeSeconds = lease.RemainingSeconds,
        PreferFailure = true,
    };

    private static PcpWish ToWish(in PcpRequest request) => new()
    {
        Opcode = request.Opcode,
        Protocol = request.Protocol,
        InsidePortBe = BinaryPrimitives.ReverseEndianness(request.InternalPort),
        SuggestedAddrBe = request.SuggestedAddrBe,
        SuggestedPortBe = BinaryPrimitives.ReverseEndianness(request.SuggestedPort),
        RemoteAddrBe = request.RemoteAddrBe,
        RemotePortBe = BinaryPrimitives.ReverseEndianness(request.RemotePort),
        Nonce = request.Nonce,
        LifetimeSeconds = request.LifetimeSeconds,
        PreferFailure = request.PreferFailure,
    };

    // The request is sent back with the answer in it (RFC 6887 section 8.2): at least a header, whole words, no more than the longest message.
    private int Write(
        ReadOnlySpan<byte> request, in PcpRequest parsed, PcpResult result, in PcpGrant granted, long nowMs, Span<byte> response)
    {
        int copied = Math.Min(request.Length, PcpRequest.MessageBytesMax);
        int length = Math.Max((copied + 3) & ~3, PcpRequest.HeaderBytes);
        response[..length].Clear();
        request[..copied].CopyTo(response);
        response[0] = PcpRequest.Version;
        response[1] |= ResponseBit;
        response[2] = 0;
        response[3] = (byte)result;
        bool isMapping = result == PcpResult.Success && parsed.Opcode != PcpOpcode.Announce;
        uint lifetime = result == PcpResult.Success ? granted.LifetimeSeconds : ErrorLifetime(result);
        BinaryPrimitives.WriteUInt32BigEndian(response[4..], lifetime);
        BinaryPrimitives.WriteUInt32BigEndian(response[8..], Epoch(nowMs));
        response.Slice(12, 12).Clear();
        if (!isMapping || granted.ExternalAddrBe == 0)
            return length;

        Span<byte> part = response[PcpRequest.HeaderBytes..];
        BinaryPrimitives.WriteUInt16BigEndian(part[18..], BinaryPrimitives.ReverseEndianness(granted.ExternalPortBe));
        PcpRequest.WriteAddress(part[20..], granted.ExternalAddrBe);
        return length;
    }

    // RFC 6887 section 7.4: what can pass soon is to be asked again soon.
    private static uint ErrorLifetime(PcpResult result) => result switch
    {
        PcpResult.NetworkFailure or PcpResult.NoResources or PcpResult.UserExceededQuota or PcpResult.CannotProvideExternal => ErrorSecondsShort,
        _ => ErrorSecondsLong,
    };
}
