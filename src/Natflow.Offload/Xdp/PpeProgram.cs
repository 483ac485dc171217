using System.Runtime.InteropServices;
using Natflow.Bpf;

namespace Natflow.Offload.Xdp;

/// <summary>Loads the program with maps of the right sizes.</summary>
internal static class PpeProgram
{
    /// <summary>Maps that outlive the gateway where a folder for them is given. Not the devices: libbpf finds the flags that the kernel gives them strange.</summary>
    internal static readonly string[] Pinned =
    [
        "ppe_config", "ppe_tags4", "ppe_tags6", "ppe_entries4", "ppe_entries6", "ppe_owners4", "ppe_owners6", "ppe_links", "ppe_policies", "ppe_shards",
        "ppe_ports", "ppe_counts",
    ];

    /// <summary>Loads it.</summary>
    /// <exception cref="BpfException">Refused.</exception>
    internal static BpfObject Load(XdpPpeSettings settings)
    {
        var maps = new BpfMapSetting[Pinned.Length];
        for (int i = 0; i < maps.Length; i++)
            maps[i] = new BpfMapSetting(Pinned[i], SizeOf(Pinned[i], settings), settings.PinFolder is { } folder ? PpePins.MapPath(folder, Pinned[i]) : null);

        // In the order of the sources: pppoe_to_gateway, miss_to_kernel, weak_ordering.
        bool isWeak = RuntimeInformation.ProcessArchitecture is not (Architecture.X64 or Architecture.X86);
        ReadOnlySpan<uint> constants = [settings.TakesPppoe ? 1u : 0, settings.PassesMisses ? 1u : 0, isWeak ? 1u : 0];
        return BpfObject.LoadResource(typeof(PpeProgram), XdpPpe.Resource, MemoryMarshal.AsBytes(constants), maps);
    }

    /// <summary>Elements that a map is to have; 0 for what its source says.</summary>
    internal static uint SizeOf(string map, XdpPpeSettings settings)
    {
        uint buckets4 = (uint)PpeTable<PpeEntry4>.BucketsFor(settings.EntriesIpv4Max);
        uint buckets6 = (uint)PpeTable<PpeEntry6>.BucketsFor(settings.EntriesIpv6Max);
        return map switch
        {
            "ppe_tags4" => buckets4,
            "ppe_tags6" => buckets6,
            "ppe_entries4" or "ppe_owners4" => buckets4 * PpeLayout.Ways,
            "ppe_entries6" or "ppe_owners6" => buckets6 * PpeLayout.Ways,
            "ppe_policies" => (uint)settings.PoliciesMax,
            _ => 0,
        };
    }
}
