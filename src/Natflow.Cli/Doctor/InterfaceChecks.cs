using System.Globalization;

namespace Natflow.Cli.Doctor;

/// <summary>The configured interfaces as the kernel has them.</summary>
/// <param name="root">What stands for <c>/</c>.</param>
/// <param name="workers">Configured workers.</param>
internal sealed class InterfaceChecks(string root, int workers)
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
