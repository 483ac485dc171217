using Natflow.Core;
using Natflow.Flows.Paths;
using Natflow.Offload.MediaTek;
using Natflow.Offload.Model;
using Natflow.Offload.Xdp;

namespace Natflow.Gateway.Tests.Ppe.Differential;

/// <summary>What tells one entry's packets from another's.</summary>
internal readonly record struct EntryKey(Ipv6Address Src, Ipv6Address Dst, ushort SrcPortBe, ushort DstPortBe, byte Protocol);

/// <summary>Binds each entry in the soft PPE, and in MediaTek's as far as that can express it.</summary>
internal sealed class TwinPpe(XdpPpe xdp, MediaTekPpe mediaTek) : IPpe
{
    private readonly Dictionary<uint, FoeHandle> _twins = [];

    internal XdpPpe Xdp => xdp;

    internal MediaTekPpe MediaTek => mediaTek;

    /// <summary>How the last bind of a key in MediaTek's table ended.</summary>
    internal Dictionary<EntryKey, PpeResult> Expressed { get; } = [];

    /// <summary>Entries that the soft PPE has, by key.</summary>
    internal Dictionary<EntryKey, FoeEntry> Bound { get; } = [];

    /// <inheritdoc />
    public string Name => "twin";

    /// <inheritdoc />
    public PpeFeatures Supports => xdp.Supports;

    /// <inheritdoc />
    public int CapacityEntries => xdp.CapacityEntries;

    /// <inheritdoc />
    public int CountEntries => xdp.CountEntries;

    /// <inheritdoc />
    public int GraceMs => 1; // Nothing is under way between two runs.

    /// <inheritdoc />
    public void Bind(ReadOnlySpan<FoeEntry> entries, Span<FoeHandle> handles, Span<PpeResult> results)
    {
        xdp.Bind(entries, handles, results);
        for (int i = 0; i < entries.Length; i++)
        {
            if (results[i] != PpeResult.Bound)
                continue;
            var handle = new FoeHandle[1];
            var result = new PpeResult[1];
            mediaTek.Bind(entries.Slice(i, 1), handle, result);
            Expressed[KeyOf(in entries[i])] = result[0];
            Bound[KeyOf(in entries[i])] = entries[i];
            if (handle[0].IsSome)
                _twins[handles[i].Value] = handle[0];
        }
    }

    /// <inheritdoc />
    public void Unbind(ReadOnlySpan<FoeHandle> handles)
    {
        foreach (FoeHandle handle in handles)
        {
            if (xdp.TryRead(handle, out FoeEntry entry))
                Bound.Remove(KeyOf(in entry));
            if (_twins.TryGetValue(handle.Value, out FoeHandle twin))
                mediaTek.Unbind([twin]);
        }

        xdp.Unbind(handles);
    }

    /// <inheritdoc />
    public void Release(ReadOnlySpan<FoeHandle> handles)
    {
        xdp.Release(handles);
        foreach (FoeHandle handle in handles)
        {
            if (_twins.Remove(handle.Value, out FoeHandle twin))
                mediaTek.Release([twin]);
        }
    }

    /// <inheritdoc />
    public void ReadCounters(ReadOnlySpan<FoeHandle> handles, Span<FoeCounters> counters, Span<bool> isBound, uint nowMs) =>
        xdp.ReadCounters(handles, counters, isBound, nowMs);

    /// <inheritdoc />
    public void SetLink(ushort linkIndex, in PathRecord path)
    {
        xdp.SetLink(linkIndex, in path);
        mediaTek.SetLink(linkIndex, in path);
    }

    /// <inheritdoc />
    public bool TryRead(FoeHandle handle, out FoeEntry entry) => xdp.TryRead(handle, out entry);

    /// <inheritdoc />
    public void Dispose()
    {
        xdp.Dispose();
        mediaTek.Dispose();
    }

    private static EntryKey KeyOf(ref readonly FoeEntry entry) => new(entry.SrcAddr, entry.DstAddr, entry.SrcPortBe, entry.DstPortBe, entry.Protocol);
}
