using Natflow.Inspect.Quic;
using Natflow.Inspect.Reassembly;
using Natflow.Inspect.Tls;

namespace Natflow.Inspect.Observe;

/// <summary>Finds the ClientHello of DTLS flows; its fragments may lie in several datagrams, in any order. One owner thread.</summary>
internal sealed class DatagramHelloInspector(FlowStore store, ObservationWriter writer, InspectorSettings settings, InspectorCounters counters)
{
    private readonly byte[] _body = new byte[StreamWindows.WindowBytesMax];

    /// <summary>Handles a datagram that <see cref="DatagramHello.IsLikely"/>.</summary>
    /// <param name="ends">Sender first.</param>
    /// <param name="datagram">The UDP payload.</param>
    /// <param name="nowNs">Time of the packet.</param>
    internal InspectOutcome OnDatagram(in FlowEnds ends, ReadOnlySpan<byte> datagram, long nowNs)
    {
        if (DatagramHello.TryReadBody(datagram, _body, out ReadOnlySpan<byte> body) == ParseStatus.Complete)
        {
            Report(in ends, body, nowNs);
            return InspectOutcome.Done;
        }

        ref FlowContext context = ref store.FindOrAdd(in ends, FlowDirectory.IsCanonical(in ends), nowNs, out int index);
        ref QuicFlow flow = ref context.Quic;
        context.Packets++;
        if (!flow.IsOpened)
            TakeFragments(ref flow, in ends, datagram, nowNs);
        store.NoteHolding(index);
        if (settings.FollowsConnections) return InspectOutcome.Pending;
        bool isSpent = context.Packets > settings.PacketsPerFlowMax || nowNs - context.StartNs > settings.FlowNsMax;
        if (!flow.IsDone && !isSpent) return InspectOutcome.Pending;
        if (!flow.IsDone) counters.BudgetsSpent++;
        store.Remove(index, nowNs);
        return InspectOutcome.Done;
    }

    private void TakeFragments(ref QuicFlow flow, in FlowEnds ends, ReadOnlySpan<byte> datagram, long nowNs)
    {
        for (int i = 0; i < DatagramHello.RecordsMax && DatagramHello.TryReadFragment(ref datagram, out HelloFragment fragment); i++)
        {
            if (flow.HelloBytes == 0 || flow.HelloSequence != fragment.Sequence)
                Begin(ref flow, in fragment);
            if (flow.IsDone || fragment.MessageBytes != flow.HelloBytes || fragment.Bytes.IsEmpty)
                continue;
            if (!TryKeep(ref flow, in fragment))
                return;
            if (flow.Crypto.Ranges.PrefixBytes < flow.HelloBytes)
                continue;
            flow.IsDone = true;
            Report(in ends, store.Windows.Prefix(in flow.Crypto, _body)[..flow.HelloBytes], nowNs);
            store.Windows.Release(ref flow.Crypto);
        }
    }

    private void Begin(ref QuicFlow flow, in HelloFragment fragment)
    {
        store.Windows.Release(ref flow.Crypto);
        flow.IsDone = false;
        flow.HelloBytes = fragment.MessageBytes;
        flow.HelloSequence = fragment.Sequence;
    }

    // A flow for which there is no room is let go.
    private bool TryKeep(ref QuicFlow flow, in HelloFragment fragment)
    {
        WindowResult result = store.Windows.TryWrite(ref flow.Crypto, fragment.Offset, fragment.Bytes);
        if (result == WindowResult.NoPage && store.TryFreePages())
            result = store.Windows.TryWrite(ref flow.Crypto, fragment.Offset, fragment.Bytes);
        if (result == WindowResult.Kept) return true;
        if (result == WindowResult.NoPage) counters.PagesExhausted++;
        else counters.WindowsExceeded++;
        store.Windows.Release(ref flow.Crypto);
        flow.IsDone = true;
        return false;
    }

    private void Report(in FlowEnds ends, ReadOnlySpan<byte> body, long nowNs)
    {
        ParseStatus parsed = ClientHelloParser.TryParse(body, isDatagram: true, out ClientHello hello);
        if (parsed == ParseStatus.Complete || hello.HasServerName)
            writer.WriteHello(ObservationKind.Dtls, in ends, isFromReply: false, nowNs, in hello);
        else
            counters.HellosMalformed++;
    }
}
