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
        : this(call, subject, errno, capability: null)
    {
    }

    /// <summary>Takes a given errno and names the capability whose lack explains EPERM or EACCES.</summary>
    /// <param name="call">Name of the call.</param>
    /// <param name="subject">What it was applied to.</param>
    /// <param name="errno">Positive errno.</param>
    /// <param name="capability">For example <c>CAP_NET_ADMIN</c>; said only where the errno is EPERM or EACCES.</param>
    public NativeException(string call, string subject, int errno, string? capability)
        : base(Format(call, subject, errno, capability))
    {
        Errno = errno;
    }

    /// <summary>The errno, positive.</summary>
    public int Errno { get; }

    private static string Format(string call, string subject, int errno, string? capability)
    {
        string message = $"{call} ({subject}): {Marshal.GetPInvokeErrorMessage(errno)} ({Memory.Errno.NameOf(errno)})";
        bool isDenied = errno is Memory.Errno.NotPermitted or Memory.Errno.AccessDenied;
        return capability is not null && isDenied ? $"{message}; needs {capability}" : message;
    }
}
