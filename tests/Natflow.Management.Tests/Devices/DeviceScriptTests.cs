using System.Diagnostics;
using System.Net.Sockets;
using System.Text;

namespace Natflow.Management.Tests.Devices;

/// <summary>The original's daemons open a device, say how much is kept and read: here a shell does, with socat in the place of its redirections.</summary>
public sealed class DeviceScriptTests
{
    // A daemon's loop: it writes one line, keeps the device open, and reads records of fixed length until it has those it wants.
    private const string Reader = """
        exec 3<>"$1/say"
        socat -t 20 -,ignoreeof "UNIX-CONNECT:$1/$2" <&3 >"$1/out" &
        echo 'cache=16' >&3
        until [ "$(wc -c <"$1/out")" -ge "$3" ]; do read -t 0.02 <>"$1/never" || :; done
        kill $!
        od -An -v -tx1 "$1/out" | tr -d ' \n'
        """;

    [SocatTheory]
    [InlineData("natflow_userinfo_queue", 102)]
    [InlineData("natflow_urllogger_queue", 131)]
    [InlineData("natflow_dpi_queue", 78)]
    public async Task Queue_ReadByAShell_HasTheRecordsByteForByte(string device, int recordBytes)
    {
        await using ControlRig rig = await ControlRig.Start(hasUsers: true);
        byte[][] records = [.. Enumerable.Range(1, 3).Select(seed => Enumerable.Range(0, recordBytes).Select(i => (byte)((i * seed) + seed)).ToArray())];
        Task<string> reading = Shell($"mkfifo \"$1/say\" \"$1/never\"; : >\"$1/out\"; {Reader}", rig.RunDirectory, device, (3 * recordBytes).ToString(System.Globalization.CultureInfo.InvariantCulture));
        await rig.Until(() => rig.Queues.All[device].IsWanted);
        foreach (byte[] record in records)
            rig.Queues.All[device].Add(record);
        Assert.Equal(Convert.ToHexStringLower([.. records.SelectMany(static record => record)]), await reading);
        await rig.Until(() => !rig.Queues.All[device].IsWanted); // The killed reader's place is free.
    }

    [SocatTheory]
    [InlineData("enable=1", "", "state=enabled\nenable=1\n")]
    [InlineData("enable", "", "state=enabled\nenable=1\n")]
    [InlineData("enable=0", "", "state=disabled\nenable=0\n")]
    [InlineData("disable", "", "state=disabled\nenable=0\n")]
    [InlineData("events_clear", "", "state=disabled\nenable=0\n")]
    [InlineData("enable=2", "EINVAL", "state=disabled\nenable=0\n")]
    [InlineData("enable 1", "EINVAL", "state=disabled\nenable=0\n")]
    public async Task DpiControl_WrittenAndReadByAShell_AnswersAsTheOriginal(string line, string answer, string state)
    {
        await using ControlRig rig = await ControlRig.Start(hasUsers: true);
        Assert.Equal(answer, (await Shell("echo \"$2\" | socat -t 20 - \"UNIX-CONNECT:$1/natflow_dpi_ctl\"", rig.RunDirectory, line)).Trim());
        string dump = await Shell("socat -t 20 -u \"UNIX-CONNECT:$1/natflow_dpi_ctl\" -", rig.RunDirectory);
        Assert.StartsWith("#", dump, StringComparison.Ordinal);
        Assert.Contains("#    version=3 header_len=78\n", dump, StringComparison.Ordinal);
        Assert.Contains(state, dump, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("enable=1\n", "state=enabled\n")]
    [InlineData("enable=2\nenable=1\n", "state=enabled\n")] // Nobody hears what the first is answered.
    public async Task Line_OfAScriptSoSlowThatItWasTakenForAReader_IsTakenStill(string lines, string state)
    {
        await using ControlRig rig = await ControlRig.Start(hasUsers: true);
        var device = new UnixDomainSocketEndPoint(Path.Combine(rig.RunDirectory, "natflow_dpi_ctl"));
        using Socket slow = await Connect(device);
        Assert.Contains("state=disabled\n", await ReadToEnd(slow), StringComparison.Ordinal);
        await slow.SendAsync(Encoding.ASCII.GetBytes(lines));
        slow.Shutdown(SocketShutdown.Send);
        string dump = string.Empty;
        for (int i = 0; i < 40 && !dump.Contains(state, StringComparison.Ordinal); i++)
        {
            using Socket reader = await Connect(device);
            reader.Shutdown(SocketShutdown.Send);
            dump = await ReadToEnd(reader);
        }

        Assert.Contains(state, dump, StringComparison.Ordinal);
    }

    private static async Task<Socket> Connect(UnixDomainSocketEndPoint device)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(device);
        return socket;
    }

    private static async Task<string> ReadToEnd(Socket socket)
    {
        byte[] buffer = new byte[4096];
        var text = new StringBuilder();
        for (int count; (count = await socket.ReceiveAsync(buffer)) > 0;)
            text.Append(Encoding.Latin1.GetString(buffer, 0, count));
        return text.ToString();
    }

    private static async Task<string> Shell(string script, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo("bash", ["-c", script, "script", .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false })!;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        try
        {
            return await process.StandardOutput.ReadToEndAsync(patience.Token);
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class SocatTheoryAttribute : TheoryAttribute
    {
        public SocatTheoryAttribute() => Skip = File.Exists("/usr/bin/socat") ? null : "needs socat";
    }
}
