using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Natflow.Core;
using Natflow.Lab.Topology;

namespace Natflow.Lab.Policy;

/// <summary>What the tests of rules have in common.</summary>
internal static class PolicyLab
{
    /// <summary>Writes lines to a device's socket, as a script's redirection by socat does.</summary>
    /// <returns>What it answered: nothing where all is well.</returns>
    internal static string Write(TestLab lab, string device, params string[] lines)
    {
        using Socket socket = Open(lab, device);
        socket.Send(Encoding.ASCII.GetBytes(string.Concat(lines.Select(static line => line + "\n"))));
        socket.Shutdown(SocketShutdown.Send);
        var answer = new StringBuilder();
        byte[] buffer = new byte[4096];
        for (int count; (count = socket.Receive(buffer)) != 0;)
            answer.Append(Encoding.ASCII.GetString(buffer, 0, count));
        return answer.ToString();
    }

    /// <summary>Runs the program in the gateway's box; what it wrote.</summary>
    internal static string Natflow(TestLab lab, string arguments) =>
        lab.Gateway.Run($"{string.Join(' ', TestLab.Natflow)} {arguments} --run-dir {lab.RunDirectory}");

    /// <summary>Packets dropped for a reason so far.</summary>
    internal static ulong Drops(TestLab lab, DropReason reason) => lab.Counters().GetAwaiter().GetResult().Drops.GetValueOrDefault(reason);

    /// <summary>Begins to capture what a host gets; the process ends with the lab.</summary>
    internal static async Task<Process> Capture(LabHostShell host, string file, string filter)
    {
        Process process = host.Start(["tcpdump", "-i", "eth0", "-nn", "-U", "-Q", "in", "-s", "80", "-w", file, .. filter.Split(' ')]);
        await Until.Holds("the capture has begun", () => File.Exists(file) && new FileInfo(file).Length >= 24);
        return process;
    }

    /// <summary>Times of a capture's packets, by the kernel's clock.</summary>
    internal static DateTimeOffset[] Times(LabHostShell host, string file) =>
    [
        .. host.TryRun($"tcpdump -r {file} -nn -tt").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(static line => DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(double.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture))),
    ];

    // The sockets come a moment after the gateway forwards.
    private static Socket Open(TestLab lab, string device)
    {
        string path = Path.Combine(lab.RunDirectory, device);
        Until.Holds("the device is there", () => File.Exists(path)).GetAwaiter().GetResult();
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified) { ReceiveTimeout = 10_000 };
        socket.Connect(new UnixDomainSocketEndPoint(path));
        return socket;
    }
}
