using Natflow.Flows.Paths;
using Natflow.Memory;
using Natflow.Offload.Model;

namespace Natflow.Gateway.Ppe;

/// <summary>The ways that shards told of, as the PPE has them. One thread.</summary>
internal sealed class LinkCache(IPpe ppe) : IDisposable
{
    private readonly NativeArray<PathRecord> _paths = new(ushort.MaxValue + 1);

    internal ulong SetCount { get; private set; }

    /// <summary>Takes over a way; one that is not ready lets nothing pass.</summary>
    internal void Set(ushort linkIndex, ref readonly PathRecord path)
    {
        ref PathRecord known = ref _paths[linkIndex];
        known = path;
        if (known.State is not (PathState.Ready or PathState.AsIs))
            known.MtuBytes = 0;
        ppe.SetLink(linkIndex, in known);
        SetCount++;
    }

    internal ushort GenerationOf(ushort linkIndex) => _paths[linkIndex].Generation;

    internal int InterfaceOf(ushort linkIndex) => _paths[linkIndex].InterfaceIndex;

    internal ref readonly PathRecord this[ushort linkIndex] => ref _paths[linkIndex];

    /// <summary>Numbers of the ways that let something pass.</summary>
    internal IEnumerable<ushort> Ready() =>
        Enumerable.Range(0, _paths.Length).Where(link => _paths[(uint)link] is { MtuBytes: > 0, State: PathState.Ready }).Select(static link => (ushort)link);

    public void Dispose() => _paths.Dispose();
}
