using System.Diagnostics.CodeAnalysis;

namespace Natflow.Netlink.Sysctls;

/// <summary>Kernel parameters under /proc/sys. Those under <c>net</c> are of the namespace of the calling thread.</summary>
/// <remarks>
/// Names are written as sysctl(8) does: parts apart by dots, or by slashes where a part has a dot in it (<c>net/ipv4/conf/eth0.5/rp_filter</c>).
/// </remarks>
public static class Sysctl
{
    private const string Root = "/proc/sys";

    /// <summary>Reads a parameter.</summary>
    /// <returns>The value in both fields, or why not. Several numbers are apart by one space.</returns>
    public static SysctlResult Read(string name)
    {
        SysctlStatus status = TryRead(PathOf(name), out string? value);
        return new SysctlResult(name, status, value, value);
    }

    /// <summary>Sets a parameter and reads it back.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value; several numbers apart by a space or a tab.</param>
    public static SysctlResult Write(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        string path = PathOf(name);
        string wanted = Normalise(value);
        SysctlStatus status = TryRead(path, out string? old);
        if (status is SysctlStatus.Missing or SysctlStatus.Denied) return new SysctlResult(name, status, old, old);
        if (old == wanted) return new SysctlResult(name, SysctlStatus.Unchanged, old, old);

        status = TryWrite(path, wanted);
        _ = TryRead(path, out string? now);
        if (status == SysctlStatus.Done && now != wanted) status = SysctlStatus.Refused; // Taken in silence and not kept.
        return new SysctlResult(name, status, old, now);
    }

    /// <summary>Ports that the kernel gives to sockets of the box itself (<c>net.ipv4.ip_local_port_range</c>).</summary>
    /// <param name="first">First port, 1 to 65535.</param>
    /// <param name="last">Last port, inclusive.</param>
    /// <returns>False where it cannot be read.</returns>
    public static bool TryReadEphemeralPorts(out ushort first, out ushort last)
    {
        first = 0;
        last = 0;
        string[] parts = Read("net.ipv4.ip_local_port_range").New?.Split(' ') ?? [];
        return parts.Length == 2 && ushort.TryParse(parts[0], out first) && ushort.TryParse(parts[1], out last) && first <= last;
    }

    private static string PathOf(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        char separator = name.Contains('/', StringComparison.Ordinal) ? '/' : '.';
        string[] parts = name.Split(separator);
        if (Array.Exists(parts, static part => part is "" or "." or ".." || part.Contains('\0', StringComparison.Ordinal)))
            throw new ArgumentException($"'{name}' is no name of a kernel parameter, such as net.ipv4.ip_forward", nameof(name));
        return Path.Combine([Root, .. parts]);
    }

    private static SysctlStatus TryRead(string path, out string? value)
    {
        value = null;
        SysctlStatus status = Try(() => File.ReadAllText(path), out string? text);
        if (text is not null) value = Normalise(text);
        return status;
    }

    private static SysctlStatus TryWrite(string path, string value) => Try(
        () =>
        {
            // One write: the kernel parses each write by itself. Not created where it is missing.
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
            stream.Write(System.Text.Encoding.UTF8.GetBytes(value + "\n"));
            return value;
        },
        out _);

    [SuppressMessage("Design", "CA1031", Justification = "Each kind is named; others pass.")]
    private static SysctlStatus Try(Func<string> access, out string? text)
    {
        text = null;
        try
        {
            text = access();
            return SysctlStatus.Done;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return SysctlStatus.Missing;
        }
        catch (UnauthorizedAccessException)
        {
            return SysctlStatus.Denied;
        }
        catch (IOException)
        {
            return SysctlStatus.Refused; // EINVAL, ERANGE, EROFS.
        }
    }

    private static string Normalise(string text) =>
        string.Join(' ', text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
