using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Natflow.Portal.Tests.Radius;

/// <summary>Debian's freeradius with a configuration of its own, on loopback ports of its own.</summary>
internal sealed class FreeRadius : IDisposable
{
    internal const string Secret = "testing-123";

    private const string Program = "/usr/sbin/freeradius";

    private readonly string _directory = Directory.CreateTempSubdirectory("natflow-freeradius-").FullName;
    private readonly Process _process;
    private readonly StringBuilder _log = new();

    private FreeRadius()
    {
        Port = FreePort();
        AccountingPort = FreePort();
        File.WriteAllText(Path.Combine(_directory, "radiusd.conf"), Config());
        File.WriteAllText(Path.Combine(_directory, "users"), """
            alice Cleartext-Password := "correct horse"
                Session-Timeout = 3600, Idle-Timeout = 300, Acct-Interim-Interval = 60, Class = "gold",
                WISPr-Bandwidth-Max-Up = 2000000, WISPr-Bandwidth-Max-Down = 10000000, ChilliSpot-Max-Total-Octets = 5000000,
                Message-Authenticator = 0x00

            unsigned Cleartext-Password := "correct horse"
                Session-Timeout = 60

            DEFAULT
                Message-Authenticator = 0x00

            """);
        foreach (string path in Directory.EnumerateFiles(_directory))
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var start = new ProcessStartInfo(Program, ["-X", "-d", _directory, "-n", "radiusd"]) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, line) => Note(line.Data);
        _process.ErrorDataReceived += (_, line) => Note(line.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Why it cannot be run here; null where it can.</summary>
    internal static string? SkipReason =>
        !File.Exists(Program) || !File.Exists("/usr/bin/radclient") ? "not installed: freeradius, freeradius-utils" : !Environment.IsPrivilegedProcess ? "freeradius' files are root's" : null;

    internal int Port { get; }

    internal int AccountingPort { get; }

    /// <summary>What it wrote of reports: one block a report.</summary>
    internal string Detail => File.Exists(DetailPath) ? File.ReadAllText(DetailPath) : "";

    private string DetailPath => Path.Combine(_directory, "detail");

    /// <summary>Starts one and waits until it listens.</summary>
    internal static async Task<FreeRadius> Start()
    {
        var server = new FreeRadius();
        try
        {
            await server.Until("it listens", () => server.Log.Contains("Ready to process requests", StringComparison.Ordinal));
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Waits for something; fails the test after 20 s.</summary>
    internal async Task Until(string what, Func<bool> condition)
    {
        long start = TimeProvider.System.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(25));
        while (!condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(start) < TimeSpan.FromSeconds(20) && !_process.HasExited, $"not in time: {what}\n{Log}");
            await timer.WaitForNextTickAsync();
        }
    }

    /// <summary>Runs Debian's radclient.</summary>
    internal static async Task<(int ExitCode, string Output)> Client(IPEndPoint to, string command, string secret, string attributes)
    {
        var start = new ProcessStartInfo("/usr/bin/radclient", ["-x", "-r", "1", "-t", "5", to.ToString(), command, secret])
        {
            UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        await process.StandardInput.WriteLineAsync(attributes);
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }

    public void Dispose()
    {
        if (!_process.HasExited)
            _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private string Log
    {
        get
        {
            lock (_log)
                return _log.ToString();
        }
    }

    private void Note(string? line)
    {
        lock (_log)
            _log.Append(line).Append('\n');
    }

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private string Config() => string.Create(CultureInfo.InvariantCulture, $$"""
        prefix = /usr
        libdir = /usr/lib/freeradius
        logdir = {{_directory}}
        run_dir = {{_directory}}
        name = radiusd
        max_request_time = 10
        cleanup_delay = 1
        log { destination = stdout }
        security { max_attributes = 200
          reject_delay = 0
          status_server = no
        }
        client gateway { ipaddr = 127.0.0.1
          secret = {{Secret}}
          require_message_authenticator = yes
        }
        thread pool { start_servers = 1
          max_servers = 2
        }
        modules {
          pap { }
          chap { }
          files { filename = {{_directory}}/users }
          detail { filename = {{DetailPath}} }
          always ok { rcode = ok }
        }
        server default {
          listen { type = auth
            ipaddr = 127.0.0.1
            port = {{Port}}
          }
          listen { type = acct
            ipaddr = 127.0.0.1
            port = {{AccountingPort}}
          }
          authorize { files
            chap
            pap
          }
          authenticate {
            Auth-Type PAP { pap }
            Auth-Type CHAP { chap }
          }
          accounting { detail }
        }

        """);
}
