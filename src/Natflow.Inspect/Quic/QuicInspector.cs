using Natflow.Core;
using Natflow.Inspect.Observe;
using Natflow.Inspect.Reassembly;
using Natflow.Inspect.Tls;

namespace Natflow.Inspect.Quic;

/// <summary>Finds the ClientHello of QUIC connections: opens Initial packets, puts CRYPTO frames in order. One owner thread.</summary>
internal sealed class QuicInspector(FlowStore store, ObservationWriter writer, InspectorSettings settings, InspectorCounters counters, FlowHash hash)
    : IDisposable
{
    // A datagram holds few packets; each one more costs a decryption.
    private const int PacketsPerDatagramMax = 8;

    private readonly InitialOpener _opener = new(hash);
    private readonly byte[] _plain = new byte[ushort.MaxValue];
    private readonly byte[] _stream = new byte[StreamWindows.WindowBytesMax];
    private ByteRanges _ranges;

    public void Dispose() => _opener.Dispose();

    /// <summary>Handles a datagram that <see cref="QuicLongHeader.IsLikely"/>.</summary>
    /// <param name="ends">Sender first.</param>
    /// <param name="datagram">The UDP payload.</param>
    /// <param name="nowNs">Time of the packet.</param>
    internal InspectOutcome OnDatagram(in FlowEnds ends, ReadOnlySpan<byte> datagram, long nowNs)
    {
        bool isForward = FlowDirectory.IsCanonical(in ends);
        ref FlowContext context = ref store.FindOrAdd(in ends, isForward, nowNs, out int index);
        ref QuicFlow flow = ref context.Quic;
        context.Packets++;
        if (!flow.IsOpened || flow.IsClientSecond != isForward)
        {
            bool isFromReply = isForward == context.IsReplyFirst;
            if (ReadPackets(ref flow, datagram, isForward)) ReadHello(ref flow, in ends, isFromReply, nowNs);
        }

        store.NoteHolding(index);
        if (settings.FollowsConnections) return InspectOutcome.Pending;
        bool isSpent = context.Packets > settings.PacketsPerFlowMax || nowNs - context.StartNs > settings.FlowNsMax;
        if (!flow.IsDone && !isSpent) return InspectOutcome.Pending;
        if (!flow.IsDone) counters.BudgetsSpent++;
        store.Remove(index, nowNs);
        return InspectOutcome.Done;
    }

    // True when the datagram brought bytes of the hello.
    private bool ReadPackets(ref QuicFlow flow, ReadOnlySpan<byte> datagram, bool isForward)
    {
        _ranges.Clear();
        bool hasCrypto = false;
        for (int i = 0; i < PacketsPerDatagramMax && QuicLongHeader.TryParse(datagram, out QuicLongHeader header); i++)
        {
            ReadOnlySpan<byte> packet = datagram[..header.PacketBytes];
            datagram = datagram[header.PacketBytes..];
            if (header.IsInitial && TryOpen(ref flow, packet, in header, isForward, out int plainBytes))
                hasCrypto |= Collect(_plain.AsSpan(0, plainBytes));
        }

        return hasCrypto && !flow.IsDone;
    }

    // The keys stay those of the first id when the server's id takes its place; after a Retry, and for a new connection, they come from the new one.
    private bool TryOpen(ref QuicFlow flow, ReadOnlySpan<byte> packet, in QuicLongHeader header, bool isForward, out int plainBytes)
    {
        ReadOnlySpan<byte> known = ((ReadOnlySpan<byte>)flow.KeyId)[..flow.KeyIdBytes];
        if (flow.IsOpened && _opener.TryOpen(packet, in header, known, ref flow.Largest, _plain, out plainBytes)) return true;

        plainBytes = 0;
        ulong largest = 0;
        bool isKnown = flow.IsOpened && known.SequenceEqual(header.DestinationId);
        if (isKnown || !_opener.TryOpen(packet, in header, header.DestinationId, ref largest, _plain, out plainBytes))
        {
            counters.InitialsNotOpened++;
            return false;
        }

        store.Windows.Release(ref flow.Crypto);
        _ranges.Clear();
        flow = new QuicFlow { IsOpened = true, IsClientSecond = !isForward, Largest = largest, KeyIdBytes = (byte)header.DestinationId.Length };
        header.DestinationId.CopyTo(flow.KeyId);
        return true;
    }

    private bool Collect(ReadOnlySpan<byte> plain)
    {
        bool hasAny = false;
        var frames = new CryptoFrames(plain);
        while (frames.TryNext(out ulong position, out ReadOnlySpan<byte> bytes))
        {
            if (bytes.IsEmpty || position + (ulong)bytes.Length > StreamWindows.WindowBytesMax) continue;
            if (!_ranges.TryAdd((int)position, (int)position + bytes.Length))
            {
                counters.WindowsExceeded++;
                continue;
            }

            bytes.CopyTo(_stream.AsSpan((int)position));
            hasAny = true;
        }

        return hasAny;
    }

    private void ReadHello(ref QuicFlow flow, in FlowEnds ends, bool isFromReply, long nowNs)
    {
        Merge(ref flow);
        ReadOnlySpan<byte> stream = _stream.AsSpan(0, _ranges.PrefixBytes);
        if (stream.Length >= ClientHelloParser.HandshakeHeaderBytes)
        {
            int messageBytes = (stream[1] << 16) | (stream[2] << 8) | stream[3];
            bool isHello = stream[0] == ClientHelloParser.HandshakeType && messageBytes <= StreamWindows.WindowBytesMax;
            ReadOnlySpan<byte> body = stream[ClientHelloParser.HandshakeHeaderBytes..];
            flow.IsDone = !isHello || body.Length >= messageBytes;
            if (isHello && flow.IsDone) Report(in ends, isFromReply, body[..messageBytes], nowNs);
        }

        if (flow.IsDone) store.Windows.Release(ref flow.Crypto);
        else Keep(ref flow);
    }

    private void Report(in FlowEnds ends, bool isFromReply, ReadOnlySpan<byte> body, long nowNs)
    {
        ParseStatus parsed = ClientHelloParser.TryParse(body, isDatagram: false, out ClientHello hello);
        if (parsed == ParseStatus.Complete || hello.HasServerName)
            writer.WriteHello(ObservationKind.Quic, in ends, isFromReply, nowNs, in hello);
        else
            counters.HellosMalformed++;
    }

    // What waited is laid beside what came.
    private void Merge(ref QuicFlow flow)
    {
        for (int i = 0; i < flow.Crypto.Ranges.Count; i++)
        {
            (int start, int end) = flow.Crypto.Ranges[i];
            if (_ranges.TryAdd(start, end)) store.Windows.Copy(in flow.Crypto, start, _stream.AsSpan(start, end - start));
        }
    }

    private void Keep(ref QuicFlow flow)
    {
        for (int i = 0; i < _ranges.Count; i++)
        {
            (int start, int end) = _ranges[i];
            WindowResult result = store.Windows.TryWrite(ref flow.Crypto, start, _stream.AsSpan(start, end - start));
            if (result == WindowResult.NoPage && store.TryFreePages())
                result = store.Windows.TryWrite(ref flow.Crypto, start, _stream.AsSpan(start, end - start));
            if (result == WindowResult.Kept) continue;
            if (result == WindowResult.NoPage) counters.PagesExhausted++;
            else counters.WindowsExceeded++;
            store.Windows.Release(ref flow.Crypto);
            flow.IsDone = true;
            return;
        }
    }
}
