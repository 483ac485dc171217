using System.CommandLine;
using System.Text;
using System.Text.Json;
using Natflow.Cli.Control;
using Natflow.Management.Control;

namespace Natflow.Cli.Commands;

/// <summary><c>natflow ctl DEVICE [LINE...]</c>: the original's control language, for a running gateway.</summary>
internal static class CtlCommand
{
    private static readonly Argument<string> Device = new("DEVICE")
    {
        Description = "natflow_ctl, natflow_zone_ctl, natflow_user_ctl, natflow_userinfo_ctl, natflow_qos_ctl, hostacl_ctl, natflow_dpi_ctl or natflow_conntrackinfo_ctl, with or without /dev/.",
    };

    private static readonly Argument<string[]> Lines = new("LINE")
    {
        Description = "Lines to write. Without any they are read from standard input where that is no terminal; else the dump is printed.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private static readonly Option<bool> Dump = new("--dump") { Description = "Print the dump, whatever standard input is." };

    private static readonly Option<bool> Original = new("--original") { Description = "Print the dump line for line as the original does; else with commands for all of it, so that it can be fed back." };

    /// <summary>The command with its options.</summary>
    internal static Command Make()
    {
        var command = new Command("ctl", "Write lines of the original's control language to a running gateway, all or none, or print a device's dump.")
        {
            Device, Lines, Dump, Original, ControlCommand.RunDirectory, ControlCommand.Json,
        };
        command.SetAction(static (parsed, _) => ControlCommand.Guard(parsed, client => Run(parsed, client)));
        return command;
    }

    private static async Task<int> Run(ParseResult parsed, ControlClient client)
    {
        string device = Uri.EscapeDataString(parsed.GetValue(Device)!.Replace("/dev/", "", StringComparison.Ordinal));
        string[] lines = parsed.GetValue(Lines) ?? [];
        if (lines.Length != 0)
            return await Write(parsed, client, device, string.Join('\n', lines));
        bool isFed = Console.IsInputRedirected && !parsed.GetValue(Dump) && !parsed.GetValue(Original);
        return isFed ? await Write(parsed, client, device, await Console.In.ReadToEndAsync()) : await Print(parsed, client, device);
    }

    private static async Task<int> Print(ParseResult parsed, ControlClient client, string device)
    {
        string format = parsed.GetValue(Original) ? "original" : "replayable";
        DeviceDumpModel dump = await client.Get($"/v1/ctl/{device}?format={format}", ControlJson.Default.DeviceDumpModel);
        if (parsed.GetValue(ControlCommand.Json))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(dump, ControlJson.Default.DeviceDumpModel));
            return ExitCode.Done;
        }

        await using Stream output = Console.OpenStandardOutput();
        await output.WriteAsync(Encoding.Latin1.GetBytes(dump.Text));
        return ExitCode.Done;
    }

    private static async Task<int> Write(ParseResult parsed, ControlClient client, string device, string text)
    {
        DeviceAnswerModel answer = await client.Post($"/v1/ctl/{device}", text, ControlJson.Default.DeviceAnswerModel);
        if (parsed.GetValue(ControlCommand.Json))
            Console.Out.WriteLine(JsonSerializer.Serialize(answer, ControlJson.Default.DeviceAnswerModel));
        foreach (string error in answer.Errors)
            Terminal.Error(error);

        return answer.IsTaken ? ExitCode.Done : ExitCode.Usage;
    }
}
