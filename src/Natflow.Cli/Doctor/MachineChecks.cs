using System.Globalization;

namespace Natflow.Cli.Doctor;

/// <summary>Kernel, capabilities, limits, clock, disk: read from <c>/proc</c> and <c>/sys</c> alone, so that a test gives it other trees.</summary>
/// <param name="root">What stands for <c>/</c>.</param>
internal sealed class MachineChecks(string root)
{
    private const int CapNetAdmin = 12;
    private const int CapNetRaw = 13;
    private const int CapPerfmon = 38;
    private const int CapBpf = 39;
    private const long FreeBytesMin = 256L << 20;

    private static readonly Version KernelMin = new(5, 15);

    /// <summary>All checks.</summary>
    internal IEnumerable<DoctorFinding> Run()
    {
        yield return Kernel();
        yield return Compiler();
        yield return Capabilities();
        yield return Locked();
        yield return Files();
        yield return Forwarding();
        yield return Clock();
        yield return Tun();
    }

    /// <summary>Whether a directory has room.</summary>
    /// <param name="path">Absolute; need not exist yet.</param>
    internal static DoctorFinding Disk(string path)
    {
        string existing = path;
        while (!Directory.Exists(existing))
            existing = Path.GetDirectoryName(existing) ?? "/";
        long free = new DriveInfo(existing).AvailableFreeSpace;
        string detail = string.Create(CultureInfo.InvariantCulture, $"{path}: {free >> 20:N0} MiB free");
        return free >= FreeBytesMin
            ? new DoctorFinding("disk", DoctorGrade.Ok, detail)
            : new DoctorFinding("disk", DoctorGrade.Fail, detail, $"Make room, or name another gateway.state-directory: flows kept for a restart need {FreeBytesMin >> 20} MiB.");
    }

    private DoctorFinding Kernel()
    {
        string release = Read("proc/sys/kernel/osrelease");
        string digits = new([.. release.TakeWhile(static unit => char.IsAsciiDigit(unit) || unit == '.')]);
        bool isKnown = Version.TryParse(digits.Trim('.'), out Version? version);
        return isKnown && version >= KernelMin
            ? new DoctorFinding("kernel", DoctorGrade.Ok, $"Linux {release}")
            : new DoctorFinding("kernel", DoctorGrade.Fail, $"Linux {release}", $"Linux {KernelMin} or newer is needed for AF_XDP with need-wakeup and bpf links.");
    }

    // Where the kernel knows no interpreter, or this is not its first network namespace, there is no such switch.
    private DoctorFinding Compiler() => Read("proc/sys/net/core/bpf_jit_enable") == "0"
        ? new DoctorFinding("bpf compiler", DoctorGrade.Warn, "net.core.bpf_jit_enable = 0", "XDP programs are interpreted, some five times as slow: 'sysctl -w net.core.bpf_jit_enable=1'.")
        : new DoctorFinding("bpf compiler", DoctorGrade.Ok, "on");

    private DoctorFinding Capabilities()
    {
        string text = Status("CapEff:");
        _ = ulong.TryParse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong effective);
        string[] missing = [.. new (int Bit, string Name)[] { (CapNetAdmin, "CAP_NET_ADMIN"), (CapNetRaw, "CAP_NET_RAW"), (CapBpf, "CAP_BPF"), (CapPerfmon, "CAP_PERFMON") }
            .Where(capability => (effective >> capability.Bit & 1) == 0).Select(static capability => capability.Name)];
        return missing.Length == 0
            ? new DoctorFinding("capabilities", DoctorGrade.Ok, "all four are there")
            : new DoctorFinding("capabilities", DoctorGrade.Fail, $"missing here: {string.Join(", ", missing)}", "Run as root, or as the service, whose unit grants them.");
    }

    private DoctorFinding Locked()
    {
        string limit = Limit("Max locked memory");
        return limit is "unlimited" || (long.TryParse(limit, CultureInfo.InvariantCulture, out long bytes) && bytes >= 256L << 20)
            ? new DoctorFinding("locked memory", DoctorGrade.Ok, limit)
            : new DoctorFinding("locked memory", DoctorGrade.Warn, $"{limit} bytes", "Packet memory may be swapped: set LimitMEMLOCK=infinity in the unit, or 'ulimit -l unlimited'.");
    }

    private DoctorFinding Files()
    {
        string limit = Limit("Max open files");
        return limit is "unlimited" || (int.TryParse(limit, CultureInfo.InvariantCulture, out int files) && files >= 4096)
            ? new DoctorFinding("open files", DoctorGrade.Ok, limit)
            : new DoctorFinding("open files", DoctorGrade.Warn, limit, "Set LimitNOFILE=65536 in the unit, or 'ulimit -n 65536': each queue and each client of the API takes one.");
    }

    private DoctorFinding Forwarding() => Read("proc/sys/net/ipv4/ip_forward") == "1"
        ? new DoctorFinding("kernel forwarding", DoctorGrade.Warn, "net.ipv4.ip_forward = 1", "The kernel forwards too, untranslated, whatever Natflow leaves to it: 'sysctl -w net.ipv4.ip_forward=0' unless that is wanted.")
        : new DoctorFinding("kernel forwarding", DoctorGrade.Ok, "net.ipv4.ip_forward = 0");

    private DoctorFinding Clock()
    {
        string source = Read("sys/devices/system/clocksource/clocksource0/current_clocksource");
        return source is "tsc" or "kvm-clock" or "arch_sys_counter" or "hyperv_clocksource_tsc_page"
            ? new DoctorFinding("clock", DoctorGrade.Ok, source)
            : new DoctorFinding("clock", DoctorGrade.Warn, source.Length == 0 ? "unknown" : source, "Reading this clock needs a call to the kernel or a slow device; 'tsc' does not. See clocksource= of the kernel's command line.");
    }

    private DoctorFinding Tun() => File.Exists(Path.Combine(root, "dev/net/tun"))
        ? new DoctorFinding("tun", DoctorGrade.Ok, "/dev/net/tun is there")
        : new DoctorFinding("tun", DoctorGrade.Fail, "no /dev/net/tun", "'modprobe tun': by it packets for the box itself reach the kernel.");

    private string Status(string name) => Lines("proc/self/status").FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..].Trim() ?? string.Empty;

    private string Limit(string name) => Lines("proc/self/limits").FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal))?[name.Length..]
        .Split(' ', StringSplitOptions.RemoveEmptyEntries).FirstOrDefault() ?? "unknown";

    private string Read(string path) => Lines(path).FirstOrDefault()?.Trim() ?? string.Empty;

    private string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(Path.Combine(root, path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
