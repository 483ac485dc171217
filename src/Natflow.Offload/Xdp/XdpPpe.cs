using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Natflow.Bpf;
using Natflow.Flows.Paths;
using Natflow.Flows.Users;
using Natflow.Offload.Model;

namespace Natflow.Offload.Xdp;

/// <summary>
/// The soft PPE: a program in front of the ports, at XDP or at tc's ingress, and its tables in shared memory. Binding an entry is a few stores.
/// </summary>
public sealed unsafe class XdpPpe : IAdoptablePpe
{
    internal const string Resource = "natflow_ppe.bpf.o";

    private const uint HandleIpv6 = 1u << 31;
    private const int PrefetchDistance = 16;

    private readonly BpfObject _object;
    private readonly BpfMapping _configMemory;
    private readonly BpfMapping _policyMemory;
    private readonly BpfMapping _shardMemory;
    private readonly PpeLinks _links;
    private readonly PpeTable<PpeEntry4> _table4;
    private readonly PpeTable<PpeEntry6> _table6;
    private readonly PpeLayout.Config* _config;
    private readonly XdpPpeSettings _settings;
    private readonly TimeProvider _time;
    private readonly PpeLayout.Counters[] _perCpu = new PpeLayout.Counters[BpfObject.PossibleCpuCount];
    private readonly ulong[] _hashes = new ulong[PrefetchDistance];

    private XdpPpe(BpfObject loaded, XdpPpeSettings settings, TimeProvider time)
    {
        _object = loaded;
        _settings = settings;
        _time = time;
        _configMemory = new BpfMapping(loaded.Map("ppe_config"), PpeLayout.Config.SizeBytes);
        _config = (PpeLayout.Config*)_configMemory.Base;
        int buckets4 = PpeTable<PpeEntry4>.BucketsFor(settings.EntriesIpv4Max);
        int buckets6 = PpeTable<PpeEntry6>.BucketsFor(settings.EntriesIpv6Max);
        IsAdopted = _config->LayoutVersion == PpeLayout.Version;
        if (!IsAdopted)
            Configure(buckets4, buckets6);
        _policyMemory = new BpfMapping(loaded.Map("ppe_policies"), (nuint)settings.PoliciesMax * PolicyRecord.SizeBytes);
        _shardMemory = new BpfMapping(loaded.Map("ppe_shards"), PpeLayout.Shards * sizeof(ulong));
        _policyMemory.Populate();
        Policies = new PolicyTable((PolicyRecord*)_policyMemory.Base, settings.PoliciesMax);
        _links = new PpeLinks(loaded);
        Ports = new PpePorts(loaded, settings.PinFolder);
        _table4 = new PpeTable<PpeEntry4>(loaded, 4, buckets4, settings.EntriesIpv4Max, _config);
        _table6 = new PpeTable<PpeEntry6>(loaded, 6, buckets6, settings.EntriesIpv6Max, _config);
    }

    /// <summary>Where it meets the frames.</summary>
    public PpeHook Hook => _settings.Hook;

    /// <inheritdoc />
    public string Name => Hook == PpeHook.Tc ? "tc" : "xdp";

    /// <inheritdoc />
    public PpeFeatures Supports => PpeFeatures.Meters | PpeFeatures.Marking | PpeFeatures.IPv6Route | PpeFeatures.IPv6Nat | PpeFeatures.TwiceNat
        | PpeFeatures.Counters | PpeFeatures.Generations | PpeFeatures.Mtu
        | (Hook == PpeHook.Tc ? PpeFeatures.None : PpeFeatures.Vlan | PpeFeatures.QinQ | PpeFeatures.Pppoe);

    /// <inheritdoc />
    public int CapacityEntries => _table4.Capacity + _table6.Capacity;

    /// <inheritdoc />
    public int CountEntries => _table4.Count + _table6.Count;

    /// <inheritdoc />
    /// <remarks>The program runs some microseconds a packet; a virtual machine's CPU may stand still meanwhile.</remarks>
    public int GraceMs => 200;

    /// <inheritdoc />
    public bool IsAdopted { get; }

    /// <summary>Secret of the gateway that says which subscribers are whose shard's: an adopted table's entries belong to its shards.</summary>
    public ulong GatewaySeed
    {
        get => _config->GatewaySeed;
        set => _config->GatewaySeed = value;
    }

    /// <summary>The users' policy records, which the program reads for each packet.</summary>
    public PolicyTable Policies { get; }

    /// <summary>The loaded program: its maps also serve the host filter and the AF_XDP sockets.</summary>
    public BpfObject Program => _object;

    /// <summary>Where the program runs.</summary>
    public PpePorts Ports { get; }

    /// <summary>Loads the program; with a <see cref="XdpPpeSettings.PinFolder"/> takes over tables that lie there in the same layout and size, and else removes them.</summary>
    /// <param name="settings">How.</param>
    /// <param name="time">Clock of last-seen times: CLOCK_MONOTONIC, as the system's provider has it.</param>
    /// <exception cref="BpfException">libbpf or a capability is missing, or the kernel refuses the program or has no memory for its tables.</exception>
    /// <exception cref="IOException">The folder cannot be made.</exception>
    public static XdpPpe Open(XdpPpeSettings settings, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.EntriesIpv4Max, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.EntriesIpv6Max, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(settings.PoliciesMax, nameof(settings));
        if (settings.PinFolder is not { } folder)
            return new XdpPpe(PpeProgram.Load(settings), settings, time);
        PpePins.Prepare(folder);
        if (PpePins.HasTables(folder) && !PpePins.FitsTables(folder, settings))
            PpePins.RemoveTables(folder);
        return new XdpPpe(PpeProgram.Load(settings), settings, time);
    }

    /// <inheritdoc />
    public void Bind(ReadOnlySpan<FoeEntry> entries, Span<FoeHandle> handles, Span<PpeResult> results)
    {
        if (handles.Length < entries.Length || results.Length < entries.Length)
            throw new ArgumentException("needs one element for each entry", nameof(handles));
        uint nowUnits = NowUnits();
        for (int i = 0; i < entries.Length + PrefetchDistance; i++)
        {
            // The hash of an entry is computed, and its bucket fetched, some entries ahead.
            int due = i - PrefetchDistance;
            if (due >= 0)
                results[due] = BindOne(in entries[due], _hashes[due % PrefetchDistance], nowUnits, out handles[due]);
            if (i < entries.Length)
                _hashes[i % PrefetchDistance] = entries[i].Kind == FoeKind.IPv4Nat ? _table4.Prepare(in entries[i]) : _table6.Prepare(in entries[i]);
        }
    }

    /// <inheritdoc />
    public void Unbind(ReadOnlySpan<FoeHandle> handles)
    {
        foreach (FoeHandle handle in handles)
        {
            if (!TryFind(handle, out uint slot, out bool isIpv6))
                continue;
            if (isIpv6)
                _table6.Unbind(slot);
            else
                _table4.Unbind(slot);
        }
    }

    /// <inheritdoc />
    public void Release(ReadOnlySpan<FoeHandle> handles)
    {
        foreach (FoeHandle handle in handles)
        {
            if (!TryFind(handle, out uint slot, out bool isIpv6))
                continue;
            if (isIpv6)
                _table6.Release(slot);
            else
                _table4.Release(slot);
        }
    }

    /// <inheritdoc />
    public void ReadCounters(ReadOnlySpan<FoeHandle> handles, Span<FoeCounters> counters, Span<bool> isBound, uint nowMs)
    {
        uint nowUnits = NowUnits();
        for (int i = 0; i < Math.Min(PrefetchDistance, handles.Length); i++)
            Fetch(handles[i]);
        for (int i = 0; i < handles.Length; i++)
        {
            if (i + PrefetchDistance < handles.Length)
                Fetch(handles[i + PrefetchDistance]);
            isBound[i] = false;
            counters[i] = default;
            if (!TryFind(handles[i], out uint slot, out bool isIpv6))
                continue;
            isBound[i] = isIpv6 ? _table6.IsBound(slot) : _table4.IsBound(slot);
            counters[i] = isIpv6 ? _table6.ReadCounters(slot, nowUnits, nowMs) : _table4.ReadCounters(slot, nowUnits, nowMs);
        }
    }

    /// <inheritdoc />
    public void SetLink(ushort linkIndex, in PathRecord path) => _links.Set(linkIndex, in path);

    /// <inheritdoc />
    public bool TryRead(FoeHandle handle, out FoeEntry entry)
    {
        bool isFound = TryFind(handle, out uint slot, out bool isIpv6);
        entry = !isFound ? default : isIpv6 ? _table6.Read(slot) : _table4.Read(slot);
        return isFound;
    }

    /// <inheritdoc />
    public FoeCounters LastRead(FoeHandle handle) =>
        !TryFind(handle, out uint slot, out bool isIpv6) ? default : isIpv6 ? _table6.LastRead(slot) : _table4.LastRead(slot);

    /// <inheritdoc />
    public FoeHandle NextHandle(FoeHandle previous)
    {
        if ((previous.Value & HandleIpv6) == 0)
        {
            int slot = _table4.NextTaken((int)previous.Value);
            if (slot >= 0)
                return new FoeHandle((uint)slot + 1);
            previous = new FoeHandle(HandleIpv6);
        }

        int slot6 = _table6.NextTaken((int)(previous.Value & ~HandleIpv6));
        return slot6 >= 0 ? new FoeHandle(((uint)slot6 + 1) | HandleIpv6) : FoeHandle.None;
    }

    /// <summary>Makes all entries void with one store. They stay bound, and void, until they are unbound: 65,535 times, then old ones would hold again.</summary>
    public void InvalidateAll() => Volatile.Write(ref _config->Generation, (_config->Generation + 1) & 0xFFFF);

    /// <summary>Until when the entries of a shard forward.</summary>
    /// <param name="shardIndex">0 to 255.</param>
    /// <param name="monotonicNs">CLOCK_MONOTONIC, ns, checked to a tick of the kernel's clock (1 to 10 ms); 0 for no limit.</param>
    public void SetShardDeadline(ushort shardIndex, ulong monotonicNs)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(shardIndex, PpeLayout.Shards);
        Volatile.Write(ref ((ulong*)_shardMemory.Base)[shardIndex], monotonicNs);
    }

    /// <summary>Lets the entries of all shards forward for a while from now on, whether the gateway lives or not.</summary>
    /// <param name="shardCount">Shards of the gateway.</param>
    /// <param name="time">How long.</param>
    public void ForwardFor(int shardCount, TimeSpan time)
    {
        ulong untilNs = (ulong)((_time.GetTimestamp() * (1e9 / _time.TimestampFrequency)) + (time.TotalSeconds * 1e9));
        for (int shard = 0; shard < shardCount; shard++)
            SetShardDeadline((ushort)shard, untilNs);
    }

    /// <summary>Frames counted since the program's tables were made, over all CPUs and ports. Any thread but one at a time.</summary>
    public ulong Read(PpeCounter counter)
    {
        _ = _object.Map("ppe_counts").TryRead(0u, _perCpu.AsSpan());
        ulong total = 0;
        foreach (ref readonly PpeLayout.Counters counts in _perCpu.AsSpan())
            total += counts[(int)counter];
        return total;
    }

    /// <summary>Removes what is pinned: a later gateway starts with empty tables, and the program goes with this one.</summary>
    public void RemovePins()
    {
        if (_settings.PinFolder is { } folder)
            PpePins.RemoveAll(folder);
    }

    /// <summary>Gives tables and attachments up. Pinned ones stay and forward on.</summary>
    public void Dispose()
    {
        Ports.Dispose();
        _links.Dispose();
        _table4.Dispose();
        _table6.Dispose();
        Policies.Dispose();
        _policyMemory.Dispose();
        _shardMemory.Dispose();
        _configMemory.Dispose();
        _object.Dispose();
    }

    private void Configure(int buckets4, int buckets6)
    {
        RandomNumberGenerator.Fill(MemoryMarshal.AsBytes((Span<ulong>)_config->Key));
        _config->BucketMask4 = (uint)buckets4 - 1;
        _config->BucketMask6 = (uint)buckets6 - 1;
        Volatile.Write(ref _config->LayoutVersion, PpeLayout.Version);
    }

    private PpeResult BindOne(ref readonly FoeEntry entry, ulong hash, uint nowUnits, out FoeHandle handle)
    {
        handle = FoeHandle.None;
        if (entry.LinkIndex == 0 || entry.ShardIndex >= PpeLayout.Shards || entry.PolicyIndex >= (uint)_settings.PoliciesMax
            || entry.Kind > FoeKind.IPv6Nat || entry.Protocol is not (6 or 17))
        {
            return PpeResult.Unsupported;
        }

        bool isIpv6 = entry.Kind != FoeKind.IPv4Nat;
        PpeResult result = isIpv6 ? _table6.Bind(in entry, hash, nowUnits, out uint slot) : _table4.Bind(in entry, hash, nowUnits, out slot);
        if (result == PpeResult.Bound)
            handle = new FoeHandle((slot + 1) | (isIpv6 ? HandleIpv6 : 0));
        return result;
    }

    private void Fetch(FoeHandle handle)
    {
        uint slot = (handle.Value & ~HandleIpv6) - 1;
        if ((handle.Value & HandleIpv6) != 0)
            _table6.Fetch(slot);
        else
            _table4.Fetch(slot);
    }

    private bool TryFind(FoeHandle handle, out uint slot, out bool isIpv6)
    {
        isIpv6 = (handle.Value & HandleIpv6) != 0;
        slot = (handle.Value & ~HandleIpv6) - 1;
        return (handle.Value & ~HandleIpv6) != 0 && (isIpv6 ? _table6.IsTaken(slot) : _table4.IsTaken(slot));
    }

    private uint NowUnits()
    {
        double ns = _time.GetTimestamp() * (1e9 / _time.TimestampFrequency);
        return (uint)((ulong)ns >> PpeLayout.LastSeenShift);
    }
}
