using Natflow.Bpf;
using Natflow.Core;
using Natflow.Memory;
using Natflow.Ports.AfXdp;

namespace Natflow.Benchmarks.Xdp;

/// <summary>Forwards every frame between two <c>af_xdp</c> ports, as the gateway's worker would: receive, send, free what did not fit.</summary>
internal sealed class ManagedForwarder : IDisposable
{
    private const int ChunkCount = 8192;
    private const int ChunkBytes = 2048;

    private readonly Umem _memory = new(ChunkCount, ChunkBytes);
    private readonly ChunkPool _pool;
    private readonly XdpProgram _program = XdpProgram.Load();
    private readonly XdpAttachment _lanAttachment;
    private readonly XdpAttachment _wanAttachment;
    private readonly AfXdpPort _lan;
    private readonly AfXdpPort _wan;
    private readonly FrameDescriptor[] _burst = new FrameDescriptor[FrameDescriptor.BurstMax];
    private readonly Thread _thread;
    private volatile bool _stopping;

    /// <summary>Opens the ports in the calling thread's network namespace and starts.</summary>
    internal ManagedForwarder(AfXdpSettings settings)
    {
        _pool = new ChunkPool(_memory, 0, ChunkCount);
        var umem = new AfXdpUmem(_memory);
        _lanAttachment = _program.Attach(ForwardLab.LanName);
        _wanAttachment = _program.Attach(ForwardLab.WanName);
        _lan = AfXdpPort.Open(_lanAttachment, _program.Sockets, umem, [_pool], settings);
        _wan = AfXdpPort.Open(_wanAttachment, _program.Sockets, umem, [_pool], settings);
        _thread = new Thread(Run);
        _thread.Start();
    }

    /// <summary>How the LAN side runs.</summary>
    internal AfXdpQueueMode Mode => _lan.Modes[0];

    /// <summary>The LAN side's counters.</summary>
    internal AfXdpQueue LanQueue => _lan.XdpQueue(0);

    /// <summary>The WAN side's counters.</summary>
    internal AfXdpQueue WanQueue => _wan.XdpQueue(0);

    /// <summary>Bytes that the forwarding thread allocated in its loop.</summary>
    internal long AllocatedBytes { get; private set; }

    public void Dispose()
    {
        _stopping = true;
        _thread.Join();
        _lan.Dispose();
        _wan.Dispose();
        _lanAttachment.Dispose();
        _wanAttachment.Dispose();
        _program.Dispose();
        _pool.Dispose();
        _memory.Dispose();
    }

    private void Run()
    {
        _ = ThreadAffinity.TryPin(ForwardLab.ForwarderCpu);
        long before = GC.GetAllocatedBytesForCurrentThread();
        while (!_stopping)
        {
            Forward(_lan.XdpQueue(0), _wan.XdpQueue(0));
            Forward(_wan.XdpQueue(0), _lan.XdpQueue(0));
        }

        AllocatedBytes = GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private void Forward(AfXdpQueue from, AfXdpQueue to)
    {
        int count = from.Receive(_burst);
        if (count == 0)
            return;
        int sent = to.Transmit(_burst.AsSpan(0, count));
        foreach (ref FrameDescriptor frame in _burst.AsSpan(sent, count - sent))
            _pool.Return(_memory.ChunkOf(frame.FrameOffset));
    }
}
