using Natflow.Core;
using Natflow.Memory;
using Natflow.Testing.Namespaces;

namespace Natflow.Ports.Tests.Wire;

/// <summary>Moves frames between a port's queues and byte arrays.</summary>
internal sealed class PortPump : IDisposable
{
    private readonly FrameDescriptor[] _burst = new FrameDescriptor[FrameDescriptor.BurstMax];

    public PortPump(int queueCount = 1, int chunkCount = 1024, int chunkBytes = 2048)
    {
        Umem = new Umem(chunkCount * queueCount, chunkBytes);
        Pools = [.. Enumerable.Range(0, queueCount).Select(i => new ChunkPool(Umem, i * chunkCount, chunkCount))];
        ChunkCount = chunkCount;
    }

    public Umem Umem { get; }

    public ChunkPool[] Pools { get; }

    public int ChunkCount { get; }

    /// <summary>One burst, as arrays; the chunks go back.</summary>
    public List<byte[]> ReceiveBurst(IPortQueue queue, ChunkPool pool, int room = FrameDescriptor.BurstMax)
    {
        int count = queue.Receive(_burst.AsSpan(0, room));
        var frames = new List<byte[]>(count);
        foreach (FrameDescriptor descriptor in _burst.AsSpan(0, count))
        {
            frames.Add(Umem.Frame(descriptor.FrameOffset, descriptor.LengthBytes).ToArray());
            pool.Return(Umem.ChunkOf(descriptor.FrameOffset));
        }

        return frames;
    }

    /// <summary>Waits for a number of frames of interest.</summary>
    public List<byte[]> Receive(IPortQueue queue, int count, Func<byte[], bool> isWanted)
    {
        var frames = new List<byte[]>();
        Patience.Until(() =>
        {
            frames.AddRange(ReceiveBurst(queue, Pools[0]).Where(isWanted));
            return frames.Count >= count;
        });
        return frames;
    }

    /// <summary>Offers a frame; false where the queue had no room.</summary>
    public bool Transmit(IPortQueue queue, byte[] frame, byte l3Offset = 0)
    {
        Assert.True(Pools[0].TryRent(out uint chunk));
        uint offset = chunk + Umem.HeadroomBytes;
        frame.CopyTo(Umem.Frame(offset, frame.Length));
        _burst[0] = new FrameDescriptor { FrameOffset = offset, LengthBytes = (ushort)frame.Length, L3Offset = l3Offset };
        if (queue.Transmit(_burst.AsSpan(0, 1)) == 1)
            return true;
        Pools[0].Return(chunk);
        return false;
    }

    public void Dispose()
    {
        foreach (ChunkPool pool in Pools)
            pool.Dispose();
        Umem.Dispose();
    }
}
