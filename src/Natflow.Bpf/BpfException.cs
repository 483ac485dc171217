namespace Natflow.Bpf;

/// <summary>A BPF program or an AF_XDP socket cannot be used on this machine or interface. The message says what is missing and what to do.</summary>
public sealed class BpfException : Exception
{
    /// <summary>Takes a whole message.</summary>
    /// <param name="message">What failed, on what, and what to do.</param>
    /// <param name="errno">Positive errno, or 0 where no system call failed.</param>
    /// <param name="cause">The underlying error, where there is one.</param>
    public BpfException(string message, int errno = 0, Exception? cause = null)
        : base(message, cause) => Errno = errno;

    /// <summary>Positive errno, or 0.</summary>
    public int Errno { get; }
}
