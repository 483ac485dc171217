using Natflow.Bpf;
using Natflow.Flows.Users;

namespace Natflow.Offload.Xdp;

/// <summary>The files that keep tables and attachments over a restart.</summary>
internal static class PpePins
{
    private const string MapPrefix = "map-";
    private const string AttachmentPrefix = "xdp-";
    private const string UsualMount = "/sys/fs/bpf";

    internal static string MapPath(string folder, string map) => Path.Combine(folder, MapPrefix + map);

    /// <summary>A BPF file system allows no dot in a name.</summary>
    internal static string AttachmentPath(string folder, string interfaceName) =>
        Path.Combine(folder, AttachmentPrefix + interfaceName.Replace('.', '+'));

    /// <summary>Makes the folder.</summary>
    /// <exception cref="IOException">It cannot be made; where systemd's place for them has no BPF file system, says how to get one.</exception>
    internal static void Prepare(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
        }
        catch (IOException error) when (folder.StartsWith(UsualMount, StringComparison.Ordinal) && !File.ReadLines("/proc/self/mounts").Any(IsUsualMount))
        {
            throw new IOException($"no BPF file system is mounted there: mount -t bpf bpf {UsualMount}", error);
        }
    }

    internal static bool HasTables(string folder) => Directory.EnumerateFiles(folder, MapPrefix + "*").Any();

    /// <summary>Whether all maps are there, in this version's layout and of the sizes that are asked for.</summary>
    internal static bool FitsTables(string folder, XdpPpeSettings settings)
    {
        foreach (string map in PpeProgram.Pinned)
        {
            using PinnedMap? pinned = PinnedMap.TryOpen(MapPath(folder, map));
            uint wanted = PpeProgram.SizeOf(map, settings);
            if (pinned is null || (wanted != 0 && pinned.EntriesMax != wanted) || !HasLayout(map, pinned.ValueBytes))
                return false;
        }

        return true;
    }

    internal static void RemoveTables(string folder) => Remove(folder, MapPrefix);

    internal static void RemoveAttachment(string folder, string interfaceName)
    {
        string path = AttachmentPath(folder, interfaceName);
        File.Delete(path);
        File.Delete($"{path}-generic");
    }

    internal static void RemoveAll(string folder)
    {
        Remove(folder, AttachmentPrefix);
        Remove(folder, MapPrefix);
        Directory.Delete(folder);
    }

    private static bool IsUsualMount(string line) => line.Contains($" {UsualMount} bpf ", StringComparison.Ordinal);

    private static void Remove(string folder, string prefix)
    {
        foreach (string file in Directory.GetFiles(folder, prefix + "*"))
            File.Delete(file);
    }

    private static bool HasLayout(string map, uint valueBytes) => valueBytes == map switch
    {
        "ppe_config" => PpeLayout.Config.SizeBytes,
        "ppe_tags4" or "ppe_tags6" => PpeLayout.Ways * sizeof(ushort),
        "ppe_entries4" => PpeEntry4.SizeBytes,
        "ppe_entries6" => PpeEntry6.SizeBytes,
        "ppe_owners4" or "ppe_owners6" => PpeLayout.Owner.SizeBytes,
        "ppe_links" => PpeLayout.Link.SizeBytes,
        "ppe_policies" => PolicyRecord.SizeBytes,
        "ppe_shards" => sizeof(ulong),
        "ppe_ports" => PpeLayout.Port.SizeBytes,
        _ => PpeLayout.CounterSlots * sizeof(ulong),
    };
}
