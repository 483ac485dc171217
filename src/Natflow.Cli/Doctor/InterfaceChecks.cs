using System.Globalization;
using Natflow.Netlink;

namespace Natflow.Cli.Doctor;

/// <summary>The configured interfaces as the kernel has them.</summary>
/// <param name="root">What stands for <c>/</c>.</param>
/// <param name="workers">Configured workers.</param>
/// <param name="look">Looks at the other end of a veth pair; null where XDP redirects nothing into the interfaces.</param>
internal sealed class InterfaceChecks(string root, int workers, Func<string, VethPeer>? look = null)
{
    /// <summary>What is found of one.</summary>
    internal IEnumerable<DoctorFinding> Run(string name)
    {
        string directory = Path.Combine(root, "sys/class/net", name);
        if (!Directory.Exists(directory))
        {
            yield return new DoctorFinding(name, DoctorGrade.Fail, "there is no such interface", "Correct natflow.ports, or bring it into being before the gateway starts.");
            yield break;
        }

        string state = Read(directory, "operstate");
        yield return state is "up" or "unknown"
            ? new DoctorFinding(name, DoctorGrade.Ok, $"{Driver(directory)}, {state}, MTU {Read(directory, "mtu")}")
            : new DoctorFinding(name, DoctorGrade.Warn, $"{Driver(directory)}, {state}", $"'ip link set {name} up', and see to its cable.");
        int queues = Directory.Exists(Path.Combine(directory, "queues")) ? Directory.GetDirectories(Path.Combine(directory, "queues"), "rx-*").Length : 0;
        string detail = string.Create(CultureInfo.InvariantCulture, $"{queues} receive queues for {workers} workers");
        yield return queues >= workers
            ? new DoctorFinding($"{name} queues", DoctorGrade.Ok, detail)
            : new DoctorFinding($"{name} queues", DoctorGrade.Fail, detail, $"'ethtool -L {name} combined {workers}', or lower natflow.workers.count.");
        if (look?.Invoke(name) is { State: not VethPeerState.NotVeth } peer)
            yield return OfPeer(name, peer);
    }

    private static DoctorFinding OfPeer(string name, VethPeer peer)
    {
        string other = peer.Name.Length == 0 ? "its other end" : peer.Namespace is { } space ? $"{peer.Name} in namespace {space}" : peer.Name;
        string inside = peer.Namespace is { } where ? $"ip netns exec {where} " : string.Empty;
        string end = peer.Name.Length == 0 ? "PEER" : peer.Name;
        return peer.State switch
        {
            VethPeerState.Polls => new DoctorFinding($"{name} peer", DoctorGrade.Ok, $"veth; {other} takes what XDP redirects to it"),
            VethPeerState.DoesNotPoll => new DoctorFinding(
                $"{name} peer", DoctorGrade.Warn, $"veth; {other} does not poll (GRO off, no XDP program): the kernel drops what XDP redirects to it, uncounted", $"'{inside}ethtool -K {end} gro on'."),
            _ => new DoctorFinding(
                $"{name} peer", DoctorGrade.Warn, $"veth; {other} is in a namespace that cannot be looked into from here", $"Offloaded frames are lost where it does not poll: 'ethtool -K {end} gro on' in its namespace, or natflow.offload.engine = none."),
        };
    }

    private static string Driver(string directory)
    {
        string driver = Path.Combine(directory, "device/driver");
        return Directory.Exists(driver) && Directory.ResolveLinkTarget(driver, returnFinalTarget: false) is { } target ? target.Name : "virtual";
    }

    private static string Read(string directory, string name)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, name)).Trim();
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return "unknown";
        }
    }
}
