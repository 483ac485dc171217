using Natflow.Flows.Paths;
using Natflow.Memory;
using Natflow.Offload.Model;
using Natflow.Packets.Link;

namespace Natflow.Offload.Flower;

/// <summary>
/// A PPE behind a driver of the kernel that takes tc rules (MediaTek's mtk_eth_soc, mlx5 and others): each entry is a rule of the classifier flower with
/// <c>skip_sw</c>, so that what no driver takes is refused and nothing is forwarded twice.
/// </summary>
/// <remarks>One thread. Bind, unbind and reading counters are system calls, one for each entry.</remarks>
public sealed class FlowerPpe : IPpe
{
    private readonly FlowerSettings _settings;
    private readonly ITcTransport _transport;
    private readonly FlowerSlot[] _slots;
    private readonly Stack<int> _free = new();
    private readonly HashSet<int> _qdiscs = [];
    private readonly NativeArray<PathRecord> _links = new(ushort.MaxValue + 1);
    private readonly byte[] _request = new byte[FlowerEncoder.RequestBytesMax];
    private readonly byte[] _reply = new byte[ITcTransport.ReplyBytesMax];

    /// <summary>Opens a netlink socket in the network namespace of the calling thread.</summary>
    /// <param name="settings">Ports and driver.</param>
    /// <exception cref="NativeException">No descriptors left.</exception>
    public FlowerPpe(FlowerSettings settings)
        : this(settings, new TcSocket())
    {
    }

    internal FlowerPpe(FlowerSettings settings, ITcTransport transport)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        _transport = transport;
        _slots = new FlowerSlot[settings.CapacityEntries];
        for (int i = settings.CapacityEntries - 1; i >= 0; i--)
            _free.Push(i);
        Supports = settings.HasCounters ? PpeFeatures.Counters : PpeFeatures.None;
    }

    /// <inheritdoc />
    public string Name => "flower";

    /// <summary>What the driver can do beside IPv4: counters as configured, the rest as <see cref="Probe"/> found it.</summary>
    public PpeFeatures Supports { get; private set; }

    /// <inheritdoc />
    public int CapacityEntries => _slots.Length;

    /// <inheritdoc />
    public int CountEntries => _slots.Length - _free.Count;

    /// <inheritdoc />
    public int GraceMs => 1;

    /// <summary>The kernel's last refusal: request, interface, error name and text. Null before the first.</summary>
    public string? LastError { get; private set; }

    /// <summary>
    /// Tries a rule for each feature between two ports, on documentation addresses, and takes it out at once; <see cref="Supports"/> then tells what went.
    /// </summary>
    /// <returns>Whether IPv4 with translation is taken at all; if not, <see cref="LastError"/> says why.</returns>
    public bool Probe(FlowerPort ingress, FlowerPort egress)
    {
        ArgumentNullException.ThrowIfNull(ingress);
        ArgumentNullException.ThrowIfNull(egress);
        FlowerRule plain = FlowerProbe.Ipv4(_settings, ingress, egress);
        bool isTaken = Try(plain);
        PpeFeatures features = Supports & PpeFeatures.Counters;
        if (isTaken)
        {
            features |= Try(FlowerProbe.Twice(plain)) ? PpeFeatures.TwiceNat : PpeFeatures.None;
            features |= Try(FlowerProbe.Ipv6(_settings, plain)) ? PpeFeatures.IPv6Route : PpeFeatures.None;
            features |= Try(plain with { OutVlan = FlowerProbe.Vlan }) ? PpeFeatures.Vlan : PpeFeatures.None;
            features |= Try(plain with { OutVlan = FlowerProbe.Vlan, InnerOutVlan = FlowerProbe.InnerVlan }) ? PpeFeatures.QinQ : PpeFeatures.None;
        }

        Supports = features;
        return isTaken;
    }

    /// <inheritdoc />
    public void Bind(ReadOnlySpan<FoeEntry> entries, Span<FoeHandle> handles, Span<PpeResult> results)
    {
        for (int i = 0; i < entries.Length; i++)
            results[i] = BindOne(entries[i], out handles[i]);
    }

    /// <inheritdoc />
    public void Unbind(ReadOnlySpan<FoeHandle> handles)
    {
        foreach (FoeHandle handle in handles)
        {
            if (!TryFind(handle, out int index) || !_slots[index].IsBound) continue;
            _ = TryUpdate(ref _slots[index], nowMs: null); // The driver does not keep the counters of a rule that is gone.
            _ = Ask(FlowerEncoder.Delete(_request, _slots[index].Rule), "RTM_DELTFILTER", _slots[index].Rule.InDevice, out _);
            _slots[index].IsBound = false;
        }
    }

    /// <inheritdoc />
    public void Release(ReadOnlySpan<FoeHandle> handles)
    {
        foreach (FoeHandle handle in handles)
        {
            if (!TryFind(handle, out int index) || _slots[index].IsBound) continue;
            _slots[index] = default;
            _free.Push(index);
        }
    }

    /// <inheritdoc />
    public void ReadCounters(ReadOnlySpan<FoeHandle> handles, Span<FoeCounters> counters, Span<bool> isBound, uint nowMs)
    {
        for (int i = 0; i < handles.Length; i++)
        {
            counters[i] = default;
            isBound[i] = false;
            if (!TryFind(handles[i], out int index)) continue;
            isBound[i] = _slots[index].IsBound && TryUpdate(ref _slots[index], nowMs);
            counters[i] = _slots[index].Counters;
        }
    }

    /// <inheritdoc />
    public void SetLink(ushort linkIndex, in PathRecord path) => _links[linkIndex] = path;

    /// <inheritdoc />
    public bool TryRead(FoeHandle handle, out FoeEntry entry)
    {
        entry = default;
        if (!TryFind(handle, out int index) || !_slots[index].IsBound) return false;
        entry = _slots[index].Entry;
        return true;
    }

    /// <summary>Takes all rules out and closes the socket. The qdiscs stay: others may have rules there.</summary>
    public void Dispose()
    {
        for (int index = 0; index < _slots.Length; index++)
        {
            if (!_slots[index].IsBound) continue;
            _ = Ask(FlowerEncoder.Delete(_request, _slots[index].Rule), "RTM_DELTFILTER", _slots[index].Rule.InDevice, out _);
            _slots[index].IsBound = false;
        }

        _transport.Dispose();
        _links.Dispose();
    }

    private PpeResult BindOne(in FoeEntry entry, out FoeHandle handle)
    {
        handle = FoeHandle.None;
        ref PathRecord path = ref _links[entry.LinkIndex];
        if (path.MtuBytes == 0 || path.Generation != entry.LinkGeneration) return PpeResult.Refused; // The way is gone, or another one by now.
        if (!FlowerRules.TryMake(_settings, entry, path, out FlowerRule rule)) return PpeResult.Unsupported;
        if (!_free.TryPop(out int index)) return PpeResult.TableFull;
        rule.Handle = (uint)index + 1;
        PpeResult result = Install(rule);
        if (result != PpeResult.Bound)
        {
            _free.Push(index);
            return result;
        }

        _slots[index] = new FlowerSlot { Entry = entry, Rule = rule, LinkBytes = path.HeaderBytes, IsUsed = true, IsBound = true };
        handle = new FoeHandle(rule.Handle);
        return PpeResult.Bound;
    }

    private PpeResult Install(in FlowerRule rule)
    {
        int errno = _qdiscs.Contains(rule.InterfaceIndex) ? 0 : Prepare(rule.InterfaceIndex, rule.InDevice);
        if (errno != 0) return FlowerErrors.ToResult(errno);
        errno = Ask(FlowerEncoder.Add(_request, rule), "RTM_NEWTFILTER", rule.InDevice, out _);
        if (errno is Errno.NoEntry or Errno.Invalid) _ = _qdiscs.Remove(rule.InterfaceIndex); // Somebody may have taken the qdisc away.
        return FlowerErrors.ToResult(errno);
    }

    // A gateway that was killed leaves its rules, with handles that are given again: what has our priorities goes first.
    private int Prepare(int interfaceIndex, string? device)
    {
        int errno = Ask(FlowerEncoder.AddQdisc(_request, interfaceIndex), "RTM_NEWQDISC", device, out _);
        if (errno is not (0 or Errno.Exists)) return errno;
        if (errno == Errno.Exists && !HasRules(interfaceIndex))
        {
            _ = Ask(FlowerEncoder.Flush(_request, interfaceIndex, _settings.PriorityOf(isIpv6: false), EtherType.Ipv4), "RTM_DELTFILTER", device, out _);
            _ = Ask(FlowerEncoder.Flush(_request, interfaceIndex, _settings.PriorityOf(isIpv6: true), EtherType.Ipv6), "RTM_DELTFILTER", device, out _);
        }

        _ = _qdiscs.Add(interfaceIndex);
        return 0;
    }

    private bool HasRules(int interfaceIndex)
    {
        foreach (ref readonly FlowerSlot slot in _slots.AsSpan())
        {
            if (slot.IsBound && slot.Rule.InterfaceIndex == interfaceIndex) return true;
        }

        return false;
    }

    private bool Try(in FlowerRule rule)
    {
        if (Install(rule) != PpeResult.Bound) return false;
        _ = Ask(FlowerEncoder.Delete(_request, rule), "RTM_DELTFILTER", rule.InDevice, out _);
        return true;
    }

    // False where the kernel no longer has the rule, or has it without the driver.
    private bool TryUpdate(ref FlowerSlot slot, uint? nowMs)
    {
        int errno = Ask(FlowerEncoder.Get(_request, slot.Rule), "RTM_GETTFILTER", slot.Rule.InDevice, out int replyBytes);
        if (errno != 0 || FlowerDecoder.TryDecode(_reply.AsSpan(0, replyBytes), out FlowerRule rule, out FlowerStatistics statistics) != FlowerStatus.Decoded)
            return false;

        bool isMoved = statistics.Packets != slot.Counters.Packets;
        uint lastSeenMs = slot.Counters.LastSeenMs;
        if (nowMs is { } now)
        {
            // Stamps of 8 bits wrap after 256 s: the idle time is asked only where nothing is counted.
            if (isMoved || !slot.IsSeen) lastSeenMs = now;
            else if (!_settings.HasCounters) lastSeenMs = now - (uint)statistics.IdleMs;
            slot.IsSeen = true;
        }

        ulong linkBytes = _settings.CountsLinkHeader ? (ulong)slot.LinkBytes * statistics.Packets : 0;
        slot.Counters = new FoeCounters(statistics.Packets, statistics.Bytes - Math.Min(linkBytes, statistics.Bytes), lastSeenMs);
        return (rule.Flags & TcNumber.InHardware) != 0;
    }

    private int Ask(Span<byte> request, string name, string? device, out int replyBytes)
    {
        int errno = _transport.Ask(request, _reply, out replyBytes, out string text);
        if (errno != 0) LastError = $"{name} {device}: {Errno.NameOf(errno)}{(text.Length == 0 ? "" : ": ")}{text}";
        return errno;
    }

    private bool TryFind(FoeHandle handle, out int index)
    {
        index = (int)handle.Value - 1;
        return (uint)index < (uint)_slots.Length && _slots[index].IsUsed;
    }
}
