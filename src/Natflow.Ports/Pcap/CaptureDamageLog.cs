namespace Natflow.Ports.Pcap;

/// <summary>The one place where a capture stopped making sense, if any. Its methods return false so that a decoder can return with them.</summary>
internal sealed class CaptureDamageLog(string file, CaptureWindow window)
{
    internal CaptureDamage? Damage { get; private set; }

    /// <summary>Notes what was wrong with the bytes at an offset.</summary>
    internal bool Set(long offsetBytes, string message)
    {
        Damage ??= new CaptureDamage(file, offsetBytes, message);
        return false;
    }

    /// <summary>Notes that the bytes of <paramref name="what"/> ended early: the window has reached the end of the stream.</summary>
    internal bool Truncated(long offsetBytes, string what, long expectedBytes)
    {
        long presentBytes = window.Position + window.BufferedBytes - offsetBytes;
        string cause = window.Failure is null ? "the file ends" : $"reading failed ({window.Failure})";
        return Set(offsetBytes, $"{cause} inside {what}: {presentBytes} of {expectedBytes} bytes are there");
    }
}
