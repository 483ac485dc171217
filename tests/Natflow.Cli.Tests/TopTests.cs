using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Natflow.Cli.Bench.Api;
using Natflow.Cli.Top;
using Natflow.Core;
using Natflow.Management.Api.Models;
using Natflow.Management.Control;
using Spectre.Console;

namespace Natflow.Cli.Tests;

/// <summary><c>natflow top</c>: its screen in several sizes, and its keys on a terminal.</summary>
public sealed partial class TopTests
{
    private const int UserCount = 40;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    [Theory]
    [InlineData(80, 24, false)]
    [InlineData(80, 24, true)]
    [InlineData(160, 50, false)]
    [InlineData(160, 50, true)]
    [InlineData(60, 12, false)]
    [InlineData(60, 12, true)]
    public void Screen_AnySize_FitsAndNamesItsColumns(int width, int height, bool isFlows)
    {
        var state = new TopState();
        if (isFlows)
            state.Turn();

        string[] lines = Draw(Sample(isFlows), state, width, height);

        Assert.All(lines, line => Assert.True(line.Length <= width, line));
        Assert.InRange(lines.Length, 10, Math.Max(height - 1, 14)); // Fewer rows than three are no list.
        string[] shown = isFlows ? ["inside", "other end", "offload"] : ["subscriber", "down now", "received"];
        string[] wide = isFlows ? ["public", "state"] : ["public", "limit down"];
        string header = Assert.Single(lines, line => line.Contains(shown[0], StringComparison.Ordinal) && line.Contains(shown[1], StringComparison.Ordinal));
        Assert.Contains(shown[2], header, StringComparison.Ordinal);
        Assert.All(wide, word => Assert.Equal(width >= 120, header.Contains(word, StringComparison.Ordinal)));
        Assert.Contains(lines, static line => line.Contains("q quit", StringComparison.Ordinal));
        Assert.Contains(lines, static line => line.Contains("123 Mbit/s", StringComparison.Ordinal));
    }

    [Fact]
    public void Screen_TextThatLooksLikeMarkup_IsShownAsItIs()
    {
        var state = new TopState { Message = "[red]no[/] [", Filter = "[x" };

        string screen = string.Join('\n', Draw(Sample(isFlows: false), state, 100, 30));

        Assert.Contains("[red]no[/] [", screen, StringComparison.Ordinal);
        Assert.Contains("only [x", screen, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(999.9, "1.00 kB")]
    [InlineData(12_345, "12.3 kB")]
    [InlineData(99_990, "100 kB")]
    [InlineData(1_234_567_890, "1.23 GB")]
    public void Scaled_AnyValue_HasThreeDigits(double value, string text) => Assert.Equal(text, TopScreen.Scaled(value, "B"));

    [TerminalFact]
    public async Task Keys_OnATerminal_SortFilterBlockKickAndQuit()
    {
        await using ApiBenchRig rig = await ApiBenchRig.Start(UserCount);
        using var folder = new TemporaryFolder();
        await using ControlServer server = await ControlServer.Start(folder.Of("natflow.sock"), rig.Control, rig.Api);
        using var terminal = new TerminalProcess($"stty rows 24 cols 80; dotnet {Path.Combine(AppContext.BaseDirectory, "natflow.dll")} top --run-dir {folder.Of(string.Empty)}");

        await terminal.Until("40 subscribers by flows");
        await terminal.Press("s", "40 subscribers by speed");
        await terminal.Press("f", "40 flows by bytes");
        await terminal.Press("x", "kicked in their list");
        await terminal.Press("f", "40 subscribers by flows");
        await terminal.Press("/", "only: _");
        await terminal.Press("10.0.0.7", "only: 10.0.0.7_");
        await terminal.Press("\r", "1 subscribers by flows, only 10.0.0.7");
        await terminal.Press("b", "10.0.0.7 is blocked");
        await terminal.Press("b", "10.0.0.7 is free");
        await terminal.Press("x", "kick 10.0.0.7?");
        await terminal.Press("n", "q quit");
        await terminal.Press("x", "kick 10.0.0.7?");
        await terminal.Press("y", "10.0.0.7 is kicked");
        await terminal.Press(" ", "paused");

        Assert.Equal(0, await terminal.Quit("q"));
    }

    private static string[] Draw(TopSample sample, TopState state, int width, int height)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(text), Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No });
        console.Profile.Width = width;
        console.Profile.Height = height;
        console.Write(TopScreen.Make(sample, state, width, height));
        return text.ToString().TrimEnd('\n').Split('\n');
    }

    private static TopSample Sample(bool isFlows)
    {
        var status = new GatewayStatus("1.2.3", 42, DateTimeOffset.UnixEpoch, "forwarding", "/etc/natflow.conf", 1, 1, ["203.0.113.1", "203.0.113.2"], [], []);
        var now = new OverviewModel(0, 123_456_789, 1_234_567, 2_345_678, 9_999, 12, 1_000_000, 1_000_000, 1_000_000, 1_000_000, 99.97, 0, new Dictionary<DropReason, ulong> { [DropReason.NoMapping] = 123_456_789, [DropReason.Truncated] = 7 });
        double[] rates = [.. Enumerable.Range(0, 60).Select(static second => (double)(second % 7))];
        SubscriberModel[] users = [.. Enumerable.Range(1, 50).Select(static i => new SubscriberModel(
            i == 3 ? "2001:db8:1234:5678:9abc:def0:1234:5678" : $"100.127.255.{i}", 0, "203.0.113.1", 123_456, 12, 123_456_789_012, 987_654_321_098, i == 2, 10_000_000, 20_000_000, 0))];
        FlowModel[] flows = [.. Enumerable.Range(1, 50).Select(static _ => new FlowModel(
            "tcp", "100.127.255.250:65535", "203.0.113.100:65535", "198.51.100.200:65535", 0, "Established", StartedOutside: false, Hairpin: false, 1, 1, 123_456_789_012, 987_654_321_098, 1, 1, 1, Flows.Offers.OffloadReason.Offloaded))];
        return new TopSample(
            status, now, rates,
            isFlows ? null : new ListModel<SubscriberModel>(users, 0, 1_000_000, default, 0),
            isFlows ? new ListModel<FlowModel>(flows, 0, 1_000_000, default, 0) : null);
    }

    /// <summary>A command on a pseudo-terminal, which <c>script</c> of util-linux makes.</summary>
    private sealed partial class TerminalProcess : IDisposable
    {
        private readonly Process _process;
        private readonly StringBuilder _screen = new();
        private readonly CancellationTokenSource _end = new(Patience, TimeProvider.System);

        internal TerminalProcess(string command)
        {
            var start = new ProcessStartInfo("script", ["--quiet", "--return", "--command", command, "/dev/null"])
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
            };
            start.Environment["TERM"] = "xterm-256color";
            _process = Process.Start(start)!;
        }

        /// <summary>Waits until the terminal has shown a text since the last key.</summary>
        internal async Task Until(string text)
        {
            char[] buffer = new char[4096];
            while (!Shown().Contains(text, StringComparison.Ordinal))
            {
                int count = 0;
                try
                {
                    count = await _process.StandardOutput.ReadAsync(buffer, _end.Token);
                }
                catch (OperationCanceledException)
                {
                    // Said below.
                }

                Assert.True(count > 0, $"'{text}' did not come; there was:\n{Shown()[^Math.Min(2000, Shown().Length)..]}");
                _screen.Append(buffer, 0, count);
            }
        }

        internal async Task Press(string keys, string text)
        {
            _screen.Clear();
            await _process.StandardInput.WriteAsync(keys);
            await _process.StandardInput.FlushAsync();
            await Until(text);
        }

        internal async Task<int> Quit(string keys)
        {
            await _process.StandardInput.WriteAsync(keys);
            await _process.StandardInput.FlushAsync();
            Task<string> rest = _process.StandardOutput.ReadToEndAsync(_end.Token);
            await _process.WaitForExitAsync(_end.Token);
            await rest;
            return _process.ExitCode;
        }

        public void Dispose()
        {
            if (!_process.HasExited)
                _process.Kill(entireProcessTree: true);
            _process.Dispose();
            _end.Dispose();
        }

        private string Shown() => Escapes().Replace(_screen.ToString(), string.Empty);

        [GeneratedRegex(@"\e\[[0-9;?]*[A-Za-z]", RegexOptions.None, 1000)]
        private static partial Regex Escapes();
    }

    [AttributeUsage(AttributeTargets.Method)]
    private sealed class TerminalFactAttribute : FactAttribute
    {
        public TerminalFactAttribute()
        {
            if (!File.Exists("/usr/bin/script"))
                Skip = "/usr/bin/script is not there: apt-get install bsdutils";
        }
    }
}
