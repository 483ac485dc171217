using System.Net;

namespace Natflow.Host.NatTest;

/// <summary>Binding transactions over UDP, retransmitted by RFC 8489.</summary>
/// <param name="time">The clock of all waits.</param>
/// <param name="timers">The waits.</param>
public sealed class StunClient(TimeProvider time, StunTimers timers)
{
    private const int DatagramBytesMax = 65_536;

    /// <summary>Asks and waits for the answer.</summary>
    /// <param name="transport">Sends the request and receives the answer.</param>
    /// <param name="server">Where to.</param>
    /// <param name="request">What.</param>
    /// <param name="mayBeSilent">Silence is a result: fewer retransmissions.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The success response, or null after the last wait. An error response counts as none.</returns>
    public Task<StunMessage?> AskAsync(
        IStunTransport transport, IPEndPoint server, StunRequest request, bool mayBeSilent, CancellationToken cancellation) =>
        AskAsync(transport, transport, server, request, StunMessage.BindingSuccess, mayBeSilent, cancellation);

    /// <summary>As the other, with another socket for the answer: by RESPONSE-PORT, or the request itself by a hairpin.</summary>
    /// <param name="sender">Sends the request.</param>
    /// <param name="receiver">Receives what is waited for.</param>
    /// <param name="destination">Where to.</param>
    /// <param name="request">What.</param>
    /// <param name="wantedType">Type of the message that is waited for; its transaction is the request's.</param>
    /// <param name="mayBeSilent">Silence is a result.</param>
    /// <param name="cancellation">Ends the wait.</param>
    public async Task<StunMessage?> AskAsync(
        IStunTransport sender, IStunTransport receiver, IPEndPoint destination, StunRequest request, ushort wantedType, bool mayBeSilent,
        CancellationToken cancellation)
    {
        byte[] bytes = request.ToArray();
        int count = mayBeSilent ? timers.ProbesMax : timers.RequestsMax;
        for (int i = 0; i < count; i++)
        {
            await sender.SendAsync(bytes, destination, cancellation);
            StunMessage? answer = await ReceiveAsync(receiver, request.TransactionId, wantedType, timers.WaitAfter(i, count), cancellation);
            if (answer is not null)
                return answer.Type == wantedType ? answer : null;
        }

        return null;
    }

    /// <summary>Lets a time pass, receiving and forgetting what comes.</summary>
    public async Task PassAsync(IStunTransport transport, TimeSpan duration, CancellationToken cancellation) =>
        await ReceiveAsync(transport, default, wantedType: 0, duration, cancellation);

    // The answer's sender is not looked at: with CHANGE-REQUEST it is another one on purpose. The transaction id is what cannot be guessed.
    private async Task<StunMessage?> ReceiveAsync(
        IStunTransport transport, StunTransactionId id, ushort wantedType, TimeSpan wait, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(wait, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        byte[] buffer = new byte[DatagramBytesMax];
        try
        {
            while (true)
            {
                (int length, _) = await transport.ReceiveAsync(buffer, linked.Token);
                if (StunMessage.TryParse(buffer.AsSpan(0, length), out StunMessage? message) && message!.TransactionId == id
                    && (message.Type == wantedType || message.Type == StunMessage.BindingError))
                {
                    return message;
                }
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return null;
        }
    }
}
