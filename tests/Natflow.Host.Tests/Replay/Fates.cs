using Natflow.Gateway.Replay;
using Natflow.Host.Replay;

namespace Natflow.Host.Tests.Replay;

/// <summary>Accounts of a replay that must balance.</summary>
internal static class Fates
{
    /// <summary>Each packet read was translated, forwarded as it is, passed to the host or dropped for a reason; each forwarded one was written.</summary>
    internal static void Check(ReplayOutcome outcome)
    {
        ReplayReport report = outcome.Report;
        var counters = report.Counters;
        // What turns round inside the gateway is counted on its way out and on its way in, unless dropped between the two.
        ulong translated = counters.TranslatedOut + counters.TranslatedIn - counters.Hairpinned;
        ulong forwarded = translated + counters.Untranslated + report.Replay.Observed;
        Assert.Equal(report.PacketCount, forwarded + counters.PassedToHost + report.DropCount);
        if (outcome.WrittenCount != 0)
            Assert.Equal(forwarded, outcome.WrittenCount);
    }
}
