using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Natflow.Flows.Alg;

/// <summary>
/// The edits of one direction of a TCP stream, newest last, and where its next line begins. Numbers "as sent" are the sender's;
/// "as seen" are what the receiver got and acknowledges.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 4, Size = 96)]
internal struct SequenceEdits
{
    private const int EditsMax = 4;
    private const int RetireDistance = 1 << 30;

    /// <summary>Sequence number, as sent, of the byte after the last line end.</summary>
    internal uint LineSeq;

    /// <summary>Edits that are remembered.</summary>
    internal int Count;

    private int _baseDelta;
    private Ring _ring;
    private byte _isOpen;

    /// <summary>False before the SYN was seen, and after the stream turned out to be something else: nothing is parsed then.</summary>
    internal bool IsOpen
    {
        readonly get => _isOpen != 0;
        set => _isOpen = value ? (byte)1 : (byte)0;
    }

    /// <summary>Delta behind the newest edit.</summary>
    internal readonly int LastDelta => Count == 0 ? _baseDelta : _ring[Count - 1].Delta;

    /// <summary>Delta before the oldest edit that is remembered.</summary>
    internal readonly int FirstDelta => _baseDelta;

    /// <summary>An edit by age, oldest first.</summary>
    [UnscopedRef]
    internal readonly ref readonly SequenceEdit this[int index] => ref _ring[index];

    /// <summary>Whether bytes from outside the process can be edits: what is counted is there.</summary>
    internal readonly bool IsValid => Count is >= 0 and <= EditsMax && _isOpen <= 1;

    /// <summary>A new stream begins.</summary>
    /// <param name="firstSeq">The sequence number after the SYN.</param>
    internal void Open(uint firstSeq)
    {
        this = default;
        LineSeq = firstSeq;
        IsOpen = true;
    }

    /// <summary>Remembers an edit behind all others; the oldest is forgotten, its delta stays.</summary>
    internal void Add(in SequenceEdit edit)
    {
        if (Count == EditsMax)
        {
            _baseDelta = _ring[0].Delta;
            for (int i = 1; i < EditsMax; i++)
                _ring[i - 1] = _ring[i];
            Count--;
        }

        _ring[Count++] = edit;
    }

    /// <summary>What is added to a sequence number as sent.</summary>
    internal int DeltaAt(uint seq)
    {
        // Comparisons are modulo 2^32: an edit must not be kept until its distance turns negative.
        if (Count != 0 && (int)(seq - _ring[Count - 1].EndSeq) > RetireDistance)
        {
            _baseDelta = _ring[Count - 1].Delta;
            Count = 0;
        }

        for (int i = Count - 1; i >= 0; i--)
        {
            if ((int)(seq - _ring[i].EndSeq) >= 0)
                return _ring[i].Delta;
        }

        return _baseDelta;
    }

    /// <summary>A number as seen, brought back to the sender's count. Inside a replaced piece it is the piece's begin or end: half a piece cannot be told.</summary>
    /// <param name="seen">Acknowledgement number or edge of a selective acknowledgement.</param>
    /// <param name="toEnd">Whether a number inside goes to the end: then nothing is claimed that did not arrive by a block's left edge.</param>
    internal readonly uint ToSent(uint seen, bool toEnd = false)
    {
        for (int i = Count - 1; i >= 0; i--)
        {
            ref readonly SequenceEdit edit = ref _ring[i];
            if ((int)(seen - (edit.EndSeq + (uint)edit.Delta)) >= 0)
                return seen - (uint)edit.Delta;
            int before = i == 0 ? _baseDelta : _ring[i - 1].Delta;
            if ((int)(seen - (edit.StartSeq + (uint)before)) > 0)
                return toEnd ? edit.EndSeq : edit.StartSeq;
        }

        return seen - (uint)_baseDelta;
    }

    [InlineArray(EditsMax)]
    private struct Ring
    {
        private SequenceEdit _first;
    }
}
