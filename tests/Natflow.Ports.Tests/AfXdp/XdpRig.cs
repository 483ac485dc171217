using Natflow.Bpf;
using Natflow.Core;
using Natflow.Memory;
using Natflow.Ports.AfXdp;
using Natflow.Testing.Namespaces;

namespace Natflow.Ports.Tests.AfXdp;

/// <summary>A gateway namespace with a <c>lan</c> and a <c>wan</c> interface, their peers <c>lan0</c> and <c>wan0</c> in two others, and one program.</summary>
internal sealed class XdpRig : IDisposable
{
    public const int ChunkBytes = 2048;

    private readonly List<IDisposable> _opened = [];

    public XdpRig(int queueCount = 1, int chunkCount = 2048)
    {
        QueueCount = queueCount;
        ChunkCount = chunkCount;
        Join(Lan, "lan0", "lan", "02:00:00:00:00:01", "02:00:00:00:00:02");
        Join(Wan, "wan0", "wan", "02:00:00:00:01:01", "02:00:00:00:01:02");
        Memory = new Umem(chunkCount * queueCount, ChunkBytes);
        Umem = new AfXdpUmem(Memory);
        Pools = [.. Enumerable.Range(0, queueCount).Select(i => new ChunkPool(Memory, i * chunkCount, chunkCount))];
        Program = XdpProgram.Load();
    }

    public TestNamespace Lan { get; } = new("lan");

    public TestNamespace Wan { get; } = new("wan");

    public TestNamespace Gateway { get; } = new("gw");

    public int QueueCount { get; }

    public int ChunkCount { get; }

    public Umem Memory { get; }

    public AfXdpUmem Umem { get; }

    public ChunkPool[] Pools { get; }

    public XdpProgram Program { get; }

    public FrameDescriptor[] Burst { get; } = new FrameDescriptor[FrameDescriptor.BurstMax];

    public AfXdpPort Open(string name, AfXdpSettings? settings = null, XdpDriverMode mode = XdpDriverMode.Auto)
    {
        XdpAttachment attachment = Keep(Gateway.Invoke(() => Program.Attach(name, mode)));
        return Keep(Gateway.Invoke(() => AfXdpPort.Open(attachment, Program.Sockets, Umem, Pools, settings ?? new AfXdpSettings())));
    }

    public RawLink Link(TestNamespace place, string name) => Keep(new RawLink(place, name));

    /// <summary>Waits for frames of interest from any queue; they stay the caller's.</summary>
    public List<FrameDescriptor> Receive(AfXdpPort port, int count, Func<byte[], bool>? isWanted = null)
    {
        var frames = new List<FrameDescriptor>();
        Patience.Until(() =>
        {
            for (int queue = 0; queue < port.QueueCount && frames.Count < count; queue++)
            {
                int received = port.Queue(queue).Receive(Burst.AsSpan(0, Math.Min(count - frames.Count, Burst.Length)));
                foreach (FrameDescriptor frame in Burst.AsSpan(0, received))
                {
                    if (isWanted is null || isWanted(Bytes(frame)))
                        frames.Add(frame);
                    else
                        Pools[queue].Return(Memory.ChunkOf(frame.FrameOffset));
                }
            }

            return frames.Count >= count;
        });
        return frames;
    }

    public byte[] Bytes(FrameDescriptor frame) => Memory.Frame(frame.FrameOffset, frame.LengthBytes).ToArray();

    public T Keep<T>(T opened)
        where T : IDisposable
    {
        _opened.Add(opened);
        return opened;
    }

    public void Dispose()
    {
        for (int i = _opened.Count - 1; i >= 0; i--)
            _opened[i].Dispose();
        Program.Dispose();
        foreach (ChunkPool pool in Pools)
            pool.Dispose();
        Memory.Dispose();
        Lan.Dispose();
        Wan.Dispose();
        Gateway.Dispose();
    }

    private void Join(TestNamespace place, string name, string gatewayName, string gatewayMac, string mac)
    {
        string queues = $"numrxqueues {QueueCount} numtxqueues {QueueCount}";
        Gateway.Run(
            $"ip link add {gatewayName} address {gatewayMac} {queues} type veth peer name {name} address {mac} {queues} netns {place.Name}");
        foreach ((TestNamespace end, string endName) in new[] { (Gateway, gatewayName), (place, name) })
        {
            // No neighbour discovery of the kernel's own between the frames of a test.
            end.Run($"ip link set {endName} addrgenmode none up");
        }
    }
}
