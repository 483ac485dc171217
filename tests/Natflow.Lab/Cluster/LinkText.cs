using System.Text.Json;
using Natflow.Lab.Topology;

namespace Natflow.Lab.Cluster;

/// <summary>An interface as iproute2 shows it.</summary>
/// <param name="Index">Its number.</param>
/// <param name="Mac">Its link address.</param>
internal sealed record LinkText(int Index, byte[] Mac)
{
    /// <summary>Asks for one.</summary>
    internal static LinkText Of(LabHostShell host, string name)
    {
        using var json = JsonDocument.Parse(host.Run($"ip -j link show dev {name}"));
        JsonElement link = json.RootElement[0];
        return new LinkText(link.GetProperty("ifindex").GetInt32(), Convert.FromHexString(link.GetProperty("address").GetString()!.Replace(":", string.Empty, StringComparison.Ordinal)));
    }
}
