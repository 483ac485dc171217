using System.Text;

namespace Natflow.Ports.AfXdp;

/// <summary>How a queue really runs, for logs and <c>natflow status</c>.</summary>
/// <param name="QueueIndex">The interface's queue.</param>
/// <param name="IsNative">Whether the XDP program runs in the driver.</param>
/// <param name="IsZeroCopy">Whether frames move without a copy.</param>
/// <param name="UsesNeedWakeup">Whether the kernel is called only when it asks to be.</param>
/// <param name="IsBusyPolled">Whether receive calls poll the driver.</param>
/// <param name="RingSize">Elements of the receive and the transmit ring.</param>
/// <param name="TransmitBudget">Frames that one transmit call may send in copy mode: 32 unless the kernel lets it be set (6.17).</param>
/// <param name="CompletesChecksums">Whether unfinished checksums are finished.</param>
/// <param name="FallbackReasons">Why something better was not used, with the errno; empty when nothing was refused.</param>
public sealed record AfXdpQueueMode(
    int QueueIndex,
    bool IsNative,
    bool IsZeroCopy,
    bool UsesNeedWakeup,
    bool IsBusyPolled,
    int RingSize,
    int TransmitBudget,
    bool CompletesChecksums,
    IReadOnlyList<string> FallbackReasons)
{
    /// <summary>One line, for example <c>queue 0: native, copy, need-wakeup, rings of 1024 (zero-copy: Operation not supported (EOPNOTSUPP))</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder($"queue {QueueIndex}: {(IsNative ? "native" : "generic")}, {(IsZeroCopy ? "zero-copy" : "copy")}");
        if (UsesNeedWakeup) text.Append(", need-wakeup");
        if (IsBusyPolled) text.Append(", busy-poll");
        if (CompletesChecksums) text.Append(", completes checksums");
        text.Append($", rings of {RingSize}");
        if (FallbackReasons.Count != 0) text.Append($" ({string.Join("; ", FallbackReasons)})");
        return text.ToString();
    }
}
