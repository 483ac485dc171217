using System.Runtime.InteropServices;
using Natflow.Memory;

namespace Natflow.Bpf;

/// <summary>Runs a loaded program on a frame without an interface's traffic (<c>BPF_PROG_TEST_RUN</c>).</summary>
public static unsafe class BpfTestRun
{
    private const uint FlagLiveFrames = 1 << 1;
    private const int ContextBytes = 24;

    /// <summary>Runs a program once.</summary>
    /// <param name="programFd">An XDP or tc program.</param>
    /// <param name="frame">An Ethernet frame, at least its header.</param>
    /// <returns>What the program returned: the XDP or TCX verdict.</returns>
    /// <exception cref="NativeException">The kernel does not run it.</exception>
    public static int Run(int programFd, ReadOnlySpan<byte> frame) => Run(programFd, frame, interfaceIndex: 0);

    /// <summary>Runs an XDP program once as if the frame had come in on an interface's first queue.</summary>
    /// <inheritdoc cref="Run(int, ReadOnlySpan{byte})"/>
    /// <param name="programFd">An XDP program.</param>
    /// <param name="frame">An Ethernet frame, at least its header.</param>
    /// <param name="interfaceIndex">The interface, in the calling thread's network namespace; 0 for the loopback.</param>
    public static int Run(int programFd, ReadOnlySpan<byte> frame, int interfaceIndex)
    {
        XdpContext context = Context(frame, interfaceIndex);
        fixed (byte* input = frame)
        {
            LibbpfNative.TestRunOptions options = Options(input, frame.Length, &context, interfaceIndex);
            options.Repeat = 1;
            if (LibbpfNative.TestRun(programFd, &options) < 0)
                throw new NativeException("BPF_PROG_TEST_RUN", $"{frame.Length} bytes");
            return (int)options.ReturnValue;
        }
    }

    /// <summary>As the other overload, and gives the frame that the program left.</summary>
    /// <inheritdoc cref="Run(int, ReadOnlySpan{byte}, int)"/>
    /// <param name="programFd">An XDP program.</param>
    /// <param name="frame">An Ethernet frame, at least its header.</param>
    /// <param name="interfaceIndex">The interface, in the calling thread's network namespace; 0 for the loopback.</param>
    /// <param name="result">Receives the frame.</param>
    /// <param name="resultBytes">Its length.</param>
    public static int Run(int programFd, ReadOnlySpan<byte> frame, int interfaceIndex, Span<byte> result, out int resultBytes)
    {
        XdpContext context = Context(frame, interfaceIndex);
        fixed (byte* input = frame)
        {
            fixed (byte* output = result)
            {
                LibbpfNative.TestRunOptions options = Options(input, frame.Length, &context, interfaceIndex);
                options.Repeat = 1;
                options.Output = output;
                options.OutputBytes = (uint)result.Length;
                if (LibbpfNative.TestRun(programFd, &options) < 0)
                    throw new NativeException("BPF_PROG_TEST_RUN", $"{frame.Length} bytes");
                resultBytes = (int)options.OutputBytes;
                return (int)options.ReturnValue;
            }
        }
    }

    /// <summary>Runs a program many times on one frame.</summary>
    /// <param name="programFd">An XDP program that answers alike each time, whatever it made of the frame before.</param>
    /// <param name="frame">An Ethernet frame, at least its header.</param>
    /// <param name="interfaceIndex">The interface, in the calling thread's network namespace; 0 for the loopback.</param>
    /// <param name="count">Number of runs.</param>
    /// <returns>Mean time of a run, ns.</returns>
    /// <exception cref="NativeException">The kernel does not run it.</exception>
    public static int Measure(int programFd, ReadOnlySpan<byte> frame, int interfaceIndex, int count)
    {
        XdpContext context = Context(frame, interfaceIndex);
        fixed (byte* input = frame)
        {
            LibbpfNative.TestRunOptions options = Options(input, frame.Length, &context, interfaceIndex);
            options.Repeat = count;
            if (LibbpfNative.TestRun(programFd, &options) < 0)
                throw new NativeException("BPF_PROG_TEST_RUN", $"{frame.Length} bytes, {count} times");
            return (int)options.DurationNanoseconds;
        }
    }

    /// <summary>Runs an XDP program on live frames: what it sends goes out for real. A generator as fast as the kernel.</summary>
    /// <param name="programFd">An XDP program that lays down the whole frame, for frames are used again after their receiver changed them.</param>
    /// <param name="frame">The frames at first; gives their length.</param>
    /// <param name="interfaceIndex">The interface.</param>
    /// <param name="count">Number of frames, at least 1.</param>
    /// <exception cref="NativeException">The kernel does not run it.</exception>
    public static void RunLive(int programFd, ReadOnlySpan<byte> frame, int interfaceIndex, int count)
    {
        XdpContext context = Context(frame, interfaceIndex);
        fixed (byte* input = frame)
        {
            LibbpfNative.TestRunOptions options = Options(input, frame.Length, &context, interfaceIndex);
            options.Repeat = count;
            options.Flags = FlagLiveFrames;
            options.BatchSize = 64;
            if (LibbpfNative.TestRun(programFd, &options) < 0 && Marshal.GetLastPInvokeError() != Memory.Errno.Interrupted)
                throw new NativeException("BPF_PROG_TEST_RUN", $"live frames on interface {interfaceIndex}");
        }
    }

    private static XdpContext Context(ReadOnlySpan<byte> frame, int interfaceIndex) =>
        new() { DataEnd = (uint)frame.Length, InterfaceIndex = (uint)interfaceIndex };

    private static LibbpfNative.TestRunOptions Options(byte* input, int lengthBytes, XdpContext* context, int interfaceIndex) => new()
    {
        SizeBytes = (nuint)sizeof(LibbpfNative.TestRunOptions),
        Input = input,
        InputBytes = (uint)lengthBytes,
        ContextInput = interfaceIndex == 0 ? null : context,
        ContextInputBytes = interfaceIndex == 0 ? 0 : (uint)ContextBytes,
    };

    /// <summary><c>struct xdp_md</c>.</summary>
    [StructLayout(LayoutKind.Sequential, Size = ContextBytes)]
    private struct XdpContext
    {
        internal uint Data;
        internal uint DataEnd;
        internal uint DataMeta;
        internal uint InterfaceIndex;
        internal uint QueueIndex;
        internal uint EgressInterfaceIndex;
    }
}
