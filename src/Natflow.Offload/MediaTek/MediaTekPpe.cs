using Natflow.Flows.Paths;
using Natflow.Memory;
using Natflow.Offload.Model;

namespace Natflow.Offload.MediaTek;

/// <summary>
/// MediaTek's PPE as a PPE of the model: entries bit for bit as the silicon has them, and an emulator that forwards by them.
/// </summary>
/// <remarks>
/// One thread. On a chip the kernel's driver owns the table and <see cref="Flower.FlowerPpe"/> reaches it; this one is the model of what happens there.
/// Entries are bound at once; Linux waits until the engine has learned the flow and seen it 30 times in a second. The key has neither zone nor interface.
/// </remarks>
public sealed class MediaTekPpe : IPpe
{
    private const int InstanceShift = 24;
    private const int IndexMask = (1 << InstanceShift) - 1;
    private const int MtuTagsMax = 4;

    private readonly MediaTekSettings _settings;
    private readonly FoeInstance[] _instances;
    private readonly NativeArray<PathRecord> _links = new(ushort.MaxValue + 1);
    private int _linkIndexMax;

    /// <summary>Empty tables.</summary>
    /// <param name="settings">Chip and ports.</param>
    public MediaTekPpe(MediaTekSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _settings = settings;
        _instances = new FoeInstance[settings.InstanceCount];
        for (int i = 0; i < _instances.Length; i++)
            _instances[i] = new FoeInstance(settings);
        CapacityEntries = _instances.Length * _instances[0].UsableCount;
    }

    /// <inheritdoc />
    public string Name => "mtk";

    /// <inheritdoc />
    public PpeFeatures Supports =>
        PpeFeatures.IPv6Route | PpeFeatures.Vlan | PpeFeatures.QinQ | PpeFeatures.Pppoe | PpeFeatures.TwiceNat | PpeFeatures.Mtu
        | (_settings.HasMib ? PpeFeatures.Counters : PpeFeatures.None);

    /// <inheritdoc />
    public int CapacityEntries { get; }

    /// <inheritdoc />
    public int CountEntries { get; private set; }

    /// <inheritdoc />
    public int GraceMs => 1;

    /// <summary>Engines: one, or on v2 and v3 one for each GMAC.</summary>
    public int InstanceCount => _instances.Length;

    /// <summary>An engine.</summary>
    /// <param name="instance">0 to <see cref="InstanceCount"/> - 1.</param>
    public PpeEmulator Engine(int instance) => _instances[instance].Engine;

    /// <summary>The engine that looks at what arrives on an interface.</summary>
    /// <param name="interfaceIndex">The kernel's number; an unknown one is looked at by the first engine.</param>
    public int InstanceOf(int interfaceIndex)
    {
        foreach (MediaTekPort port in _settings.Ports)
        {
            if (port.InterfaceIndex == interfaceIndex) return Math.Min(port.Instance, _instances.Length - 1);
        }

        return 0;
    }

    /// <summary>Writes an engine's entries as the kernel's debugfs does: file <c>entries</c>, or <c>bind</c> with bound ones alone.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="instance">0 to <see cref="InstanceCount"/> - 1.</param>
    /// <param name="boundOnly">As file <c>bind</c>.</param>
    public void Dump(TextWriter writer, int instance = 0, bool boundOnly = false) => FoeDump.Write(writer, _instances[instance], boundOnly);

    /// <summary>Lets an entry begin with what it forwarded elsewhere: a flow that is moved here keeps its counters.</summary>
    /// <param name="handle">A bound entry; another is left alone.</param>
    /// <param name="counters">Packets and L3 bytes.</param>
    public void Seed(FoeHandle handle, in FoeCounters counters)
    {
        if (!TryFind(handle, out FoeInstance instance, out int index)) return;
        instance.Slot(index).Packets = counters.Packets;
        instance.Slot(index).Bytes = counters.Bytes;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        foreach (FoeInstance instance in _instances)
            instance.Dispose();
        _links.Dispose();
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
            if (TryFind(handle, out FoeInstance instance, out int index)) instance.Unbind(index);
        }

        foreach (FoeInstance instance in _instances)
            instance.Engine.ClearCache();
    }

    /// <inheritdoc />
    public void Release(ReadOnlySpan<FoeHandle> handles)
    {
        foreach (FoeHandle handle in handles)
        {
            if (!TryFind(handle, out FoeInstance instance, out int index) || instance.Slot(index).State != FoeSlotState.Unbound) continue;
            instance.Slot(index) = default;
            CountEntries--;
        }
    }

    /// <inheritdoc />
    public void ReadCounters(ReadOnlySpan<FoeHandle> handles, Span<FoeCounters> counters, Span<bool> isBound, uint nowMs)
    {
        for (int i = 0; i < handles.Length; i++)
        {
            counters[i] = default;
            isBound[i] = false;
            if (TryFind(handles[i], out FoeInstance instance, out int index)) counters[i] = instance.Read(index, nowMs, out isBound[i]);
        }
    }

    /// <inheritdoc />
    public void SetLink(ushort linkIndex, in PathRecord path)
    {
        _links[linkIndex] = path;
        _linkIndexMax = Math.Max(_linkIndexMax, linkIndex);
        SetFrameBytesMax();
    }

    /// <inheritdoc />
    public bool TryRead(FoeHandle handle, out FoeEntry entry)
    {
        entry = default;
        if (!TryFind(handle, out FoeInstance instance, out int index)) return false;
        ref FoeSlot slot = ref instance.Slot(index);
        if (slot.State != FoeSlotState.Bound || !instance.Owns(index, slot)) return false;
        if (FoeCodec.TryDecode(instance.Layout, instance.Table.Entry(index), out FoeBody body) != FoeDecodeStatus.Decoded) return false;

        entry = slot.Entry; // What the format lacks, and for IPv6 the new 5-tuple, which is the old one.
        if (entry.Kind != FoeKind.IPv4Nat) return true;
        entry.NewSrcAddr = FlowEncoder.Mapped(body.NewSrc);
        entry.NewDstAddr = FlowEncoder.Mapped(body.NewDst);
        entry.NewSrcPortBe = FlowEncoder.Host(body.NewSrcPort);
        entry.NewDstPortBe = FlowEncoder.Host(body.NewDstPort);
        return true;
    }

    private PpeResult BindOne(in FoeEntry entry, out FoeHandle handle)
    {
        handle = FoeHandle.None;
        ref PathRecord path = ref _links[entry.LinkIndex];
        if (path.MtuBytes == 0 || path.Generation != entry.LinkGeneration) return PpeResult.Refused; // The way is gone, or another one by now.
        if (!LinkRewrite.TryParse(path, out LinkRewrite link) || FindPort(path.PortIndex) is not { } port || !FlowEncoder.Supports(entry, link, port))
            return PpeResult.Unsupported;
        if (CountEntries >= CapacityEntries) return PpeResult.TableFull;

        int number = InstanceOf(entry.IngressInterface);
        FoeInstance instance = _instances[number];
        FoeBody body = FlowEncoder.Encode(_settings, entry, link, port, instance.Engine.ClockTicks);
        PpeResult result = instance.Bind(entry, body, out int index);
        if (result != PpeResult.Bound) return result;
        instance.Engine.ClearCache();
        CountEntries++;
        handle = new FoeHandle((uint)((number << InstanceShift) | (index + 1)));
        return PpeResult.Bound;
    }

    private MediaTekPort? FindPort(int portIndex)
    {
        foreach (MediaTekPort port in _settings.Ports)
        {
            if (port.PortIndex == portIndex) return port;
        }

        return null;
    }

    private bool TryFind(FoeHandle handle, out FoeInstance instance, out int index)
    {
        index = (int)(handle.Value & IndexMask) - 1;
        int number = (int)(handle.Value >> InstanceShift);
        instance = _instances[number < _instances.Length ? number : 0];
        return number < _instances.Length && (uint)index < (uint)_settings.EntryCount && instance.Slot(index).State != FoeSlotState.Free;
    }

    // The engine has one limit for each number of tags: the least of the ways that write so many, so that none is exceeded.
    private void SetFrameBytesMax()
    {
        Span<int> limits = stackalloc int[MtuTagsMax];
        limits.Fill(int.MaxValue);
        for (uint i = 0; i <= _linkIndexMax; i++)
        {
            ref PathRecord path = ref _links[i];
            if (path.MtuBytes == 0 || !LinkRewrite.TryParse(path, out LinkRewrite link) || FindPort(path.PortIndex) is not { } port) continue;
            var body = default(FoeBody);
            FlowEncoder.ApplyLink(link, port, isIpv6: false, ref body);
            int tags = body.Ib1.VlanLayers + (body.Ib1.HasPppoe ? 1 : 0);
            limits[tags] = Math.Min(limits[tags], EngineRewriter.LinkBytes(body.Ib1) + path.MtuBytes);
        }

        foreach (FoeInstance instance in _instances)
        {
            for (int tags = 0; tags < MtuTagsMax; tags++)
                instance.Engine.SetFrameBytesMax(tags, limits[tags]);
        }
    }
}
