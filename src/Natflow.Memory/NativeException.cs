using System.Runtime.InteropServices;

namespace Natflow.Memory;

/// <summary>A system call failed. The message names the call, what it was for and the errno text.</summary>
public sealed class NativeException : Exception
{
    /// <summary>Takes the errno of the last P/Invoke on this thread.</summary>
    /// <param name="call">Name of the call, for example <c>mmap</c>.</param>
    /// <param name="subject">What it was applied to: a size, an interface.</param>
    public NativeException(string call, string subject)
        : this(call, subject, Marshal.GetLastPInvokeError())
    {
    }

    /// <summary>Takes a given errno.</summary>
    /// <param name="call">Name of the call.</param>
    /// <param name="subject">What it was applied to.</param>
    /// <param name="errno">Positive errno.</param>
    public NativeException(string call, string subject, int errno)
        : base($"{call} ({subject}): {Marshal.GetPInvokeErrorMessage(errno)} (errno {errno})")
    {
        Errno = errno;
    }

    /// <summary>The errno, positive.</summary>
    public int Errno { get; }
}
