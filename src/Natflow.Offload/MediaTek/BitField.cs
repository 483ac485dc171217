namespace Natflow.Offload.MediaTek;

/// <summary>Bits of a word. A field of width 0 is one that a generation lacks: it reads as 0 and is not written.</summary>
/// <param name="Shift">Lowest bit.</param>
/// <param name="Width">Number of bits.</param>
internal readonly record struct BitField(int Shift, int Width)
{
    internal uint Max => (uint)((1UL << Width) - 1);

    internal uint Get(uint word) => (word >> Shift) & Max;

    internal bool IsSet(uint word) => Get(word) != 0;

    // What does not fit is cut: the codecs' callers have checked, and no neighbour may be hit.
    internal uint With(uint word, uint value) => (word & ~(Max << Shift)) | ((value & Max) << Shift);

    internal uint With(uint word, bool isSet) => With(word, isSet ? 1u : 0);
}
