using System.Text;

namespace Natflow.Policy.Control;

/// <summary>
/// Cuts what one opener of a device writes into lines. The half line is each opener's own: the original had one for a device, and two writers spoiled each other's.
/// </summary>
/// <remarks>One owner. Memory is bounded by <see cref="LineBytesMax"/>.</remarks>
public sealed class ControlLines
{
    /// <summary>Longest line without its newline, bytes. The original took 255.</summary>
    public const int LineBytesMax = 4096;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly byte[] _pending = new byte[LineBytesMax];
    private int _pendingBytes;

    /// <summary>Takes bytes up to and with the first newline.</summary>
    /// <param name="bytes">What was written.</param>
    /// <param name="consumedBytes">How many of it were taken; call again with the rest.</param>
    /// <param name="line">The line without blanks in front and newline, where one is complete and not empty; else null.</param>
    /// <returns>EINVAL for a line that is too long or no text; what was pending is then thrown away, as the original does.</returns>
    public ControlResult Take(ReadOnlySpan<byte> bytes, out int consumedBytes, out string? line)
    {
        line = null;
        int newline = bytes.IndexOf((byte)'\n');
        ReadOnlySpan<byte> part = newline < 0 ? bytes : bytes[..newline];
        consumedBytes = newline < 0 ? bytes.Length : newline + 1;
        if (_pendingBytes == 0)
            part = part.TrimStart(" \t"u8);
        if (part.Length > LineBytesMax - _pendingBytes)
        {
            _pendingBytes = 0;
            return ControlResult.Invalid($"the line is longer than {LineBytesMax} bytes");
        }

        part.CopyTo(_pending.AsSpan(_pendingBytes));
        _pendingBytes += part.Length;
        return newline < 0 ? ControlResult.Taken : Complete(out line);
    }

    private ControlResult Complete(out string? line)
    {
        ReadOnlySpan<byte> bytes = _pending.AsSpan(0, _pendingBytes);
        _pendingBytes = 0;
        line = null;
        if (bytes.EndsWith((byte)'\r'))
            bytes = bytes[..^1];
        if (bytes.IsEmpty)
            return ControlResult.Taken;
        try
        {
            line = StrictUtf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return ControlResult.Invalid("the line is not UTF-8 text");
        }

        if (!LineText.HasControlCharacter(line))
            return ControlResult.Taken;
        line = null;
        return ControlResult.Invalid("the line holds a control character");
    }
}
