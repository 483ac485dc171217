using Natflow.Gateway.Replay;
using Natflow.Ports.Pcap;

namespace Natflow.Host.Replay;

/// <summary>What came of a replay.</summary>
/// <param name="Report">The figures.</param>
/// <param name="Errors">Captures that could not be opened.</param>
/// <param name="Damage">Places where a capture stopped making sense.</param>
/// <param name="UnknownLinkTypes">Packets that could not be read for their link type.</param>
/// <param name="OutputFailure">Why the output is not whole, or null.</param>
/// <param name="WrittenCount">Packets in the output.</param>
/// <param name="Elapsed">Wall time from the first read to the last write.</param>
public sealed record ReplayOutcome(
    ReplayReport Report,
    IReadOnlyList<CaptureError> Errors,
    IReadOnlyList<CaptureDamage> Damage,
    IReadOnlyList<UnknownLinkType> UnknownLinkTypes,
    string? OutputFailure,
    ulong WrittenCount,
    TimeSpan Elapsed)
{
    /// <summary>All input was read, all output written, and no answer came back other than recorded.</summary>
    public bool IsWhole => Errors.Count == 0 && Damage.Count == 0 && OutputFailure is null && Report.Replay.AnswersWrong == 0;
}
