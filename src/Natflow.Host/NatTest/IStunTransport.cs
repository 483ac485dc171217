using System.Net;

namespace Natflow.Host.NatTest;

/// <summary>A UDP socket as the test needs it: a local port that sends to and receives from anywhere.</summary>
public interface IStunTransport : IDisposable
{
    /// <summary>Own address and port.</summary>
    IPEndPoint Local { get; }

    /// <summary>Sends a datagram; one that the system refuses to send counts as lost.</summary>
    ValueTask SendAsync(ReadOnlyMemory<byte> datagram, IPEndPoint destination, CancellationToken cancellation);

    /// <summary>Receives a datagram.</summary>
    /// <returns>Bytes, and where they came from.</returns>
    /// <exception cref="OperationCanceledException">Nothing came before the cancellation.</exception>
    ValueTask<(int LengthBytes, IPEndPoint Source)> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation);
}
