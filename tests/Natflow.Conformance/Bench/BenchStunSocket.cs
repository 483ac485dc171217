using System.Net;
using Natflow.Host.NatTest;

namespace Natflow.Conformance.Bench;

/// <summary>A UDP socket of host A.</summary>
internal sealed class BenchStunSocket(BenchStun wire, IPEndPoint local) : IStunTransport
{
    private readonly Queue<(byte[] Datagram, IPEndPoint Source)> _arrived = [];
    private TaskCompletionSource? _waiter; // Continues on the thread that delivers, so that a run is one sequence of steps.

    public IPEndPoint Local { get; } = local;

    public ValueTask SendAsync(ReadOnlyMemory<byte> datagram, IPEndPoint destination, CancellationToken cancellation)
    {
        wire.Send(Local, destination, datagram.Span);
        return ValueTask.CompletedTask;
    }

    public async ValueTask<(int LengthBytes, IPEndPoint Source)> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation)
    {
        while (_arrived.Count == 0)
        {
            _waiter = new TaskCompletionSource();
            using (cancellation.Register(() => _waiter.TrySetCanceled(cancellation)))
                await _waiter.Task;
        }

        (byte[] datagram, IPEndPoint source) = _arrived.Dequeue();
        datagram.CopyTo(buffer);
        return (datagram.Length, source);
    }

    public void Dispose() => wire.Close(this);

    internal void Receive(byte[] datagram, IPEndPoint source)
    {
        _arrived.Enqueue((datagram, source));
        _waiter?.TrySetResult();
    }
}
