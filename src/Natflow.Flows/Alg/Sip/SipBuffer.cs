namespace Natflow.Flows.Alg.Sip;

/// <summary>Appends to a fixed span; what does not fit is remembered, not thrown.</summary>
internal ref struct SipBuffer(Span<byte> bytes)
{
    private readonly Span<byte> _bytes = bytes;

    /// <summary>Bytes written.</summary>
    internal int Length { get; private set; }

    /// <summary>Whether something did not fit: the content is not whole.</summary>
    internal bool IsFull { get; private set; }

    /// <summary>What was written.</summary>
    internal readonly ReadOnlySpan<byte> Written => _bytes[..Length];

    /// <summary>Appends bytes.</summary>
    internal void Append(scoped ReadOnlySpan<byte> text)
    {
        if (IsFull || !text.TryCopyTo(_bytes[Length..]))
        {
            IsFull = true;
            return;
        }

        Length += text.Length;
    }

    /// <summary>Appends a decimal number, 0 to 65535.</summary>
    internal void Append(int number)
    {
        Span<byte> text = stackalloc byte[AsciiText.PortBytesMax];
        Append(text[..AsciiText.WriteNumber(text, number)]);
    }

    /// <summary>Appends a dotted address.</summary>
    internal void AppendAddress(uint addressBe)
    {
        Span<byte> text = stackalloc byte[AsciiText.AddressBytesMax];
        Append(text[..AsciiText.WriteAddress(text, addressBe, (byte)'.')]);
    }
}
