using System.Buffers.Binary;
using Natflow.Bpf;

namespace Natflow.Ports.AfXdp.Lab;

/// <summary>Sends frames out of an interface from inside the kernel, faster than any socket: for measurements in a lab.</summary>
/// <remarks>The interface's peer needs an XDP program, if only one that passes. One thread at a time.</remarks>
public sealed class FrameGenerator : IDisposable
{
    /// <summary>Source port of each host's first flow.</summary>
    public const ushort SrcPortFirst = 1024;

    private const int FrameBytesMin = 60;

    private readonly BpfObject _object;
    private readonly int _programFd;
    private readonly int _interfaceIndex;
    private readonly byte[] _frame;
    private readonly XdpAttachment? _returns;
    private readonly ulong[] _progress = new ulong[2];

    /// <summary>Loads the program and its plan.</summary>
    /// <param name="interfaceName">Where frames leave, in the calling thread's network namespace.</param>
    /// <param name="settings">What is sent.</param>
    /// <exception cref="BpfException">libbpf or a capability is missing.</exception>
    public FrameGenerator(string interfaceName, TrafficSettings settings)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.FlowCount, 1, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.HostCount, 1, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.DstPortCount, 1, nameof(settings));
        ArgumentOutOfRangeException.ThrowIfLessThan(settings.FrameBytes, FrameBytesMin, nameof(settings));
        _interfaceIndex = LinkControl.IndexOf(interfaceName);
        _frame = new byte[settings.FrameBytes];
        _object = BpfObject.LoadResource(typeof(FrameGenerator), "lab_traffic.bpf.o");
        _programFd = _object.ProgramFd("lab_generate");
        _object.Map("plan").Write(0u, Plan(settings));
        if (settings.Window != 0)
            _returns = XdpAttachment.Attach(_object.ProgramFd("lab_return"), interfaceName, XdpDriverMode.Native);
    }

    /// <summary>With a window: frames sent, and frames that came back.</summary>
    public (ulong Sent, ulong Returned) ReadProgress()
    {
        _ = _object.Map("progress").TryRead(0u, _progress.AsSpan());
        return (_progress[0], _progress[1]);
    }

    /// <summary>Frames that are not waited for any more, since the beginning.</summary>
    public void GiveUp(ulong lostCount) => _object.Map("lost_frames").Write(0u, lostCount);

    /// <summary>Runs the generator so many times: without a window each sends a frame. Returns when they are sent.</summary>
    /// <remarks>The calling thread must be in the interface's network namespace. A call costs two milliseconds beside the frames, and 20 where RCU grace periods are not expedited.</remarks>
    public void Send(int frameCount) => BpfTestRun.RunLive(_programFd, _frame, _interfaceIndex, frameCount);

    /// <inheritdoc />
    public void Dispose()
    {
        _returns?.Dispose();
        _object.Dispose();
    }

    private static TrafficPlan Plan(TrafficSettings settings)
    {
        var plan = new TrafficPlan
        {
            SrcAddrFirst = settings.SrcAddrFirst,
            DstAddrBe = BinaryPrimitives.ReverseEndianness(settings.DstAddr),
            FlowCount = (uint)settings.FlowCount,
            HostCount = (uint)settings.HostCount,
            SrcPortFirst = SrcPortFirst,
            DstPortFirst = settings.DstPort,
            DstPortCount = (ushort)settings.DstPortCount,
            Window = (uint)settings.Window,
            FrameLimit = (uint)settings.FrameLimit,
        };
        Write(settings.DstMac, plan.DstMac);
        Write(settings.SrcMac, plan.SrcMac);
        return plan;
    }

    private static void Write(ulong mac, Span<byte> bytes)
    {
        Span<byte> word = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64BigEndian(word, mac);
        word[2..].CopyTo(bytes);
    }
}
