using Natflow.Host.Replay;
using Natflow.Ports.Pcap;

namespace Natflow.Cli.Output;

/// <summary>What the operator must know of a replay beside its figures; on the error stream.</summary>
internal static class ReplayMessages
{
    /// <summary>Prints one line for each thing that went wrong.</summary>
    internal static void Print(ReplayOutcome outcome, ReplayOptions options)
    {
        foreach (CaptureError error in outcome.Errors)
            Terminal.Error(error.ToString());
        foreach (CaptureDamage damage in outcome.Damage)
            Terminal.Error(damage.ToString());
        foreach (UnknownLinkType unknown in outcome.UnknownLinkTypes)
            Terminal.Warn($"{unknown.File}: {unknown.PacketCount} packets of link type {unknown.LinkType} dropped: Ethernet, raw IP, Linux SLL, SLL2, null/loop, PPP, Cisco HDLC and MPLS are read");
        if (outcome.OutputFailure is { } failure)
            Terminal.Error($"{failure}; the file is not whole");
        if (outcome.Report.Replay.AnswersWrong != 0)
            Terminal.Error($"{outcome.Report.Replay.AnswersWrong} of {outcome.Report.Replay.AnswersChecked} answers came back other than recorded: a fault of the gateway");
    }
}
