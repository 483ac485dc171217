using Natflow.Host.Replay;
using Natflow.Ports.Pcap;
using Spectre.Console;

namespace Natflow.Cli.Output;

/// <summary>A bar on the error stream while a replay runs, where somebody looks at it.</summary>
internal static class ReplayProgress
{
    /// <summary>Runs a replay and shows how far it is.</summary>
    internal static async Task<(ReplayOutcome? Outcome, CaptureError? Error)> Show(ReplayRun run)
    {
        if (Console.IsErrorRedirected)
            return await run.Execute(static (_, _) => { });

        return await Terminal.Err.Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                ProgressTask task = context.AddTask("replay");
                return await run.Execute((position, total) =>
                {
                    task.MaxValue = Math.Max(1, total);
                    task.Value = position;
                });
            });
    }
}
